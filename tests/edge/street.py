"""A real lock process for the tests: started, talked to over TCP, handled over its body's port, ended by its pid.

Nothing here waits for a length of time: it waits for lines, answers and exits, with a bound that only a hang reaches.
"""

import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.edge.device import commissioning
from beffroi.edge.device.store import Store
from beffroi.edge.lock.unit import KIND
from beffroi.protocol.v1.certificate import Certificate
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.event import Event
from beffroi.protocol.v1.events import Batch, Head, follow, verify_batch
from beffroi.protocol.v1.sealing import open_batch
from beffroi.simulator.phone import Connection, ask, bring, fetch
from tests.edge.town import LOCK, NOW, Town, allow

PATIENCE = 120.0  # seconds; a slow machine is not a failing one
State = dict[str, object]


def run(*arguments: str) -> str:
    """The output of a command of the lock that ends by itself."""
    done = subprocess.run(
        [sys.executable, "-m", "beffroi.edge.lock", *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.stdout


class Process:
    """`python -m beffroi.edge.lock` (or another program) with these options; its ports are read from what it says."""

    def __init__(self, *arguments: str, program: str = "beffroi.edge.lock") -> None:
        self.lines: list[str] = []
        self._said: queue.Queue[str | None] = queue.Queue()
        self._process = subprocess.Popen([sys.executable, "-m", program, *arguments], stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said.put(line)
        self._said.put(None)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first line said from now on in which the pattern is found."""
        while True:
            line = self._said.get(timeout=PATIENCE)
            assert line is not None, "the program ended:\n" + "".join(self.lines)
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found

    def wait(self) -> int:
        """Its exit status, once it has ended."""
        status = self._process.wait(timeout=PATIENCE)
        self._reader.join(PATIENCE)
        while (line := self._said.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)
        return status

    def kill(self) -> None:
        """As a power cut: no line of code runs after it."""
        os.kill(self._process.pid, signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """Ask it to end, and return its status."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def end(self) -> None:
        """Whatever its state, it is no more afterwards, and its pipe is closed."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(timeout=PATIENCE)
        self._reader.join(PATIENCE)
        if self._process.stderr is not None:
            self._process.stderr.close()


class Hands:
    """The body's port."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._file = self._socket.makefile("rwb")

    def do(self, what: str, **more: object) -> State:
        answer = self.attempt(what, **more)
        assert answer["ok"], answer
        return answer

    def attempt(self, what: str, **more: object) -> State:
        self._file.write(json.dumps({"do": what, **more}).encode() + b"\n")
        self._file.flush()
        answer: State = json.loads(self._file.readline() or b'{"ok": false, "why": "gone"}')
        return answer

    def until(self, condition: Callable[[State], bool], **more: object) -> State:
        """The first state for which the condition holds."""
        end = monotonic() + PATIENCE
        while not condition(state := self.do("state", **more)):
            assert monotonic() < end, state
        return state

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@dataclass
class Lock:
    """A lock of a town, running. `folder` outlives the process."""

    town: Town
    folder: Path
    certificate: Certificate
    request: str
    options: tuple[str, ...]
    process: Process
    hands: Hands
    port: int

    @classmethod
    def build(cls, town: Town, folder: Path, *options: str, device: str = LOCK, **document: object) -> Self:
        """Make the key, certify it, commission and start."""
        store = Store.open(folder, KIND)
        request = commissioning.request(store, device, os.urandom(32))
        store.close()
        certificate = town.commission(request, folder / commissioning.FILE, **document)
        process, hands, port = cls._start(folder, options)
        return cls(town, folder, certificate, request, options, process, hands, port)

    @staticmethod
    def _start(folder: Path, options: tuple[str, ...]) -> tuple[Process, Hands, int]:
        process = Process("--store", str(folder), "--tcp", "0", "--body", "0", *options)
        port = int(process.wait_for(r"radio on 127\.0\.0\.1:(\d+)")[1])
        hands = Hands(int(process.wait_for(r"body on 127\.0\.0\.1:(\d+)")[1]))
        return process, hands, port

    def restart(self) -> None:
        """Start again on the same folder after the process has ended."""
        self.hands.close()
        self.process.end()
        self.process, self.hands, self.port = self._start(self.folder, self.options)

    def connect(self) -> Connection:
        return Connection(self.port, patience=PATIENCE)

    def set_time(self, time: int = NOW) -> None:
        """Bring a stamp that answers the lock's fresh nonce."""
        with self.connect() as connection:
            nonce = allow(ask(connection.exchange)).nonce
            outcome = allow(
                bring(connection.exchange, stamp=self.town.stamp(time, nonce=nonce, device=self.certificate.device))
            )
        assert outcome == {"stamp": "taken"}, outcome

    def bring(self, **tokens: str) -> dict[str, str]:
        with self.connect() as connection:
            return allow(bring(connection.exchange, **tokens))

    def key(self) -> Ed25519PrivateKey:
        """The device's private key, as whoever has opened the case and its chip would have it. The lock must be off."""
        store = Store.open(self.folder, KIND)
        key = commissioning.own_key(store, b"")
        store.close()
        return key

    def state(self) -> State:
        return self.hands.do("state")

    def log(self) -> "Log":
        """Everything that the lock still keeps, as a phone carries it and the server reads it."""
        log = Log(self.town, self.certificate)
        with self.connect() as connection:
            while (up := allow(fetch(connection.exchange, log.last))).sealed is not None:
                log.take(up.sealed)
        return log

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hands.close()
        self.process.end()


class Log:
    """The server's side: it opens, verifies and follows. `events` are by sequence."""

    def __init__(self, town: Town, certificate: Certificate) -> None:
        self._town = town
        self._certificate = certificate
        self.batches: list[Batch] = []
        self.head = Head()
        self.last = 0

    def take(self, sealed: str) -> Batch:
        batch = allow(verify_batch(allow(open_batch(sealed, keys=self._town.seals)), certificate=self._certificate))
        followed = follow(self.head, batch)
        assert not isinstance(followed, Refused), followed
        self.head, self.last = followed.head, batch.last
        self.batches.append(batch)
        return batch

    @property
    def events(self) -> dict[int, Event]:
        return {sequence: event for batch in self.batches for sequence, event in enumerate(batch.events, batch.first)}

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events.values()]

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events.values() if event.kind == kind]

    @property
    def reasons(self) -> list[object]:
        """Why uses were refused, in order."""
        return [event.get("reason") for event in self.of("use-refused")]
