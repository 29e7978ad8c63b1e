"""The demonstration's mail: an SMTP server on loopback that takes every letter and keeps the last ones for its visitor to read."""

import socketserver
import threading
from collections import deque
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Final

KEPT: Final = 5_000
LINE: Final = 8_192
PATIENCE: Final = 300.0


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as its reader sees it; `number` counts every letter that came."""

    number: int
    to: str
    subject: str
    text: str


class Mailbox:
    """Everybody's letters: how many came, and the last of them."""

    def __init__(self) -> None:
        self._letters: deque[Letter] = deque(maxlen=KEPT)
        self._count = 0
        self._turn = threading.Lock()

    def take(self, data: bytes) -> None:
        """One letter more."""
        message = message_from_bytes(data, _class=EmailMessage, policy=default)
        body = message.get_body(("plain",))
        with self._turn:
            self._count += 1
            self._letters.append(
                Letter(
                    self._count,
                    str(message.get("To", "")),
                    str(message.get("Subject", "")),
                    body.get_content() if body else "",
                )
            )

    def standing(self) -> tuple[int, list[Letter]]:
        """How many came, and the last ones, the newest first."""
        with self._turn:
            return self._count, list(reversed(self._letters))


class _Conversation(socketserver.StreamRequestHandler):
    """What RFC 5321 asks of a server that refuses nobody."""

    timeout = PATIENCE
    server: "MailServer"

    def handle(self) -> None:
        self._say("220 beffroi demonstration")
        while line := self.rfile.readline(LINE):
            verb = line.strip().upper()[:4]
            if verb == b"QUIT":
                self._say("221 bye")
                return
            if verb == b"DATA":
                self._say("354 go on")
                self.server.mailbox.take(self._letter())
            self._say("250 well")

    def _letter(self) -> bytes:
        lines = []
        while (line := self.rfile.readline(LINE)) and line.rstrip(b"\r\n") != b".":
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """On this machine only."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        super().__init__(("127.0.0.1", port), _Conversation)

    def start(self) -> None:
        """Serves beside whatever else the process does."""
        threading.Thread(target=self.serve_forever, name="mail", daemon=True).start()
