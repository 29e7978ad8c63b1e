"""Kills a lock at lines of its own code, chosen by a seed, and looks at what the next start finds. A program of its own:

    python -m tests.edge.dying FOLDER SEED ROUNDS

Each round forks a child that starts the lock on the same folder and uses it (time, a list, openings, the door), and dies by
SIGKILL at its n-th line inside `beffroi.edge.lock` or `beffroi.edge.device`: nothing is flushed, closed or caught. What it had
answered came out through a pipe. The parent then starts the lock again and compares. Prints one JSON object.
"""

import json
import os
import random
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from beffroi.edge.device import commissioning
from beffroi.edge.device.device import Device
from beffroi.edge.device.store import Store
from beffroi.edge.lock.core import Habits
from beffroi.edge.lock.metal import NAME as METAL
from beffroi.edge.lock.unit import KIND, Unit
from beffroi.protocol.v1.certificate import Certificate
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.events import Batch, Head, follow, verify_batch
from beffroi.protocol.v1.frames import Frame, decode_frame, encode_frame
from beffroi.protocol.v1.grant import LOCAL
from beffroi.simulator.phone import ask, bring
from tests.edge.town import LOCK, NOW, Town, allow

OURS = re.compile(r"/beffroi/edge/(lock|device)/")
LAST_LINE = 3_000
OPENINGS = 3
Trace = Callable[[FrameType, str, Any], Any]


def die_at(line: int, ours: re.Pattern[str]) -> None:
    """From now on count the lines of code in these files, and be killed at this one."""
    left = line

    def in_ours(_frame: FrameType, event: str, _argument: object) -> Trace:
        nonlocal left
        if event == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return in_ours

    def anywhere(frame: FrameType, _event: str, _argument: object) -> Trace | None:
        return in_ours if ours.search(frame.f_code.co_filename) else None

    sys.settrace(anywhere)


def use(folder: Path, town: Town, number: int, say: Callable[[dict[str, object]], None]) -> None:
    """A morning at the lock. `say` is called once a result has been answered."""
    unit = Unit(folder, driven=True, habits=Habits())

    def exchange(frame: Frame) -> Frame:
        answer = decode_frame(encode_frame(unit.answer(encode_frame(frame), LOCAL)))
        assert not isinstance(answer, Refused), answer
        return answer

    nonce = allow(ask(exchange)).nonce
    bring(exchange, revocation=town.revocations(number), stamp=town.stamp(NOW + number, nonce=nonce))
    phone = town.technician().phone()
    for _ in range(OPENINGS):
        result = allow(phone.open(exchange, LOCK))
        say({"admitted": result.admitted, "sequence": result.sequence, "nonce": result.nonce})
        unit.metal.pull()
        unit.metal.push()
    unit.close()


Say = Callable[[dict[str, object]], None]
Morning = Callable[[Path, Town, int, Say], None]


def killed(
    folder: Path, town: Town, number: int, line: int, *, use: Morning = use, ours: re.Pattern[str] = OURS
) -> list[dict[str, object]]:
    """The results that a child had answered before it died (or came to its end)."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        die_at(line, ours)
        use(folder, town, number, lambda result: void(os.write(into, json.dumps(result).encode() + b"\n")))
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as pipe:
        said = pipe.read().splitlines()
    os.waitpid(child, 0)
    return [json.loads(text) for text in said]


def void(_value: int) -> None:
    """What `os.write` returns is of no use here."""


class Reader:
    """The server: keeps its head from round to round, and every event by sequence."""

    def __init__(self, certificate: Certificate) -> None:
        self._certificate = certificate
        self.head = Head()
        self.events: dict[int, tuple[str, object]] = {}

    def read(self, device: Device) -> None:
        while batch := device.journal.batch(after=self.head.sequence, key=device.identity.key):
            read = allow(verify_batch(batch.token, certificate=self._certificate))
            assert isinstance(read, Batch)
            followed = follow(self.head, read)
            assert not isinstance(followed, Refused), followed
            assert followed.hole is None
            self.head = followed.head
            for sequence, event in enumerate(read.events, read.first):
                self.events[sequence] = (event.kind, event.get("nonce"))


def compare(results: list[dict[str, object]], reader: Reader) -> None:
    """Each admitted result is exactly one event, the one it names."""
    for result in results:
        assert result["admitted"], result
        of_nonce = [n for n, event in reader.events.items() if event == ("use-admitted", result["nonce"])]
        assert of_nonce == [result["sequence"]], (result, of_nonce)


def main(folder: Path, seed: int, rounds: int) -> None:
    town, chance = Town(), random.Random(seed)  # noqa: S311 - repeats, and hides nothing
    store = Store.open(folder, KIND)
    request = commissioning.request(store, LOCK, os.urandom(32))
    store.close()
    reader = Reader(town.commission(request, folder / commissioning.FILE))
    answered, drawn = 0, 0
    for number in range(1, rounds + 1):
        results = killed(folder, town, number, chance.randint(1, LAST_LINE))
        bolt_was_in = not json.loads((folder / METAL).read_text())["bolt_out"] if (folder / METAL).exists() else False
        unit = Unit(folder, driven=True, habits=Habits())
        assert unit.metal.bolt_out
        reader.read(unit.device)
        unit.close()
        compare(results, reader)
        if bolt_was_in:
            drawn += 1
            before_boot = [kind for kind, _ in reader.events.values()][:-1]
            assert "use-admitted" in before_boot[-4:], before_boot[-6:]
        answered += len(results)
    admitted = sum(kind == "use-admitted" for kind, _ in reader.events.values())
    sys.stdout.write(
        json.dumps({"answered": answered, "admitted": admitted, "died_open": drawn, "last": reader.head.sequence})
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
