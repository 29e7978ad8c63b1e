"""The TLS of a door: what is offered to browsers, and a certificate that changes while people are connected."""

import ssl
from collections.abc import Callable
from typing import Final

from beffroi.adapters.tls.clear import Answer, ListeningContext
from beffroi.adapters.tls.errors import Fault, PairError
from beffroi.adapters.tls.files import Files, Stamp
from beffroi.adapters.tls.pair import read_pair

# With TLS 1.3 beside: its own are all of this kind. Every browser since 2014, every phone since Android 5, has one of them.
CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"


def context_of(files: Files) -> ListeningContext:
    """A server's context for that certificate: TLS 1.2 or later, authenticated ciphers with forward secrecy. Raises PairError."""
    read_pair(files)
    context = ListeningContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    try:
        context.load_cert_chain(files.certificate, files.key)
    except (OSError, ssl.SSLError) as error:  # it was replaced between two looks, or OpenSSL's own policy refuses it
        raise PairError(
            Fault.WEAK, f"{files.certificate} and {files.key} are refused by OpenSSL: {error.strerror or error}"
        ) from error
    return context


class Renewed:
    """A context that gives each new connection the pair that its files held when they were last looked at.

    Nobody who is connected notices a renewal: a connection keeps the context that it began with. A pair that can't be used changes
    nothing: the former one is served on. Raises PairError when the first can't be used.

    `answer` is what plain HTTP gets at this door; without it, it is cut off.
    """

    def __init__(self, files: Files, say: Callable[[str], None], answer: Answer | None = None) -> None:
        self._files = files
        self._say = say
        self._stamp: Stamp = files.stamp()
        self._now = context_of(files)
        self.context = context_of(files)
        self.context.answer = answer
        self.context.sni_callback = self._choose

    def look(self) -> bool:
        """Takes the files' pair when they have changed; says whether another is served from now on."""
        stamp = self._files.stamp()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self._now = context_of(self._files)
        except PairError as error:
            self._say(f"the certificate was replaced by one that can't be used, the former one is served on: {error}")
            return False
        self._say("the certificate was replaced: new connections get the new one")
        return True

    def _choose(self, conversation: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _context: ssl.SSLContext) -> None:
        """Called in each handshake, whether or not a name is asked for."""
        conversation.context = self._now
