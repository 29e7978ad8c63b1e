"""Kills a relay at lines of its own code, chosen by a seed, and looks at what the next start finds. A program of its own:

    python -m tests.edge.relay.dying FOLDER SEED ROUNDS

As tests/edge/dying.py does it with a lock. Whatever the instant: each look that was answered as admitted has one event, and each
event of an admission has, after the next start, one of its end. Prints one JSON object.
"""

import json
import random
import re
import sys
from collections import Counter
from pathlib import Path

from beffroi.edge.device import commissioning, home
from beffroi.edge.relay.gates import Admitted
from beffroi.edge.relay.relay import KIND, Relay
from beffroi.protocol.v1.carriage import CarryDown
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.frames import Frame, Response, decode_frame, encode_frame
from beffroi.protocol.v1.grant import NETWORK, Policy
from beffroi.protocol.v1.sources import Source
from beffroi.simulator.screen import ACTION
from tests.edge.dying import Reader, Say, compare, killed
from tests.edge.town import CAMERA, NOW, RELAY, Town, allow

OURS = re.compile(r"/beffroi/edge/(relay|device)/")
LAST_LINE = 3_000
LOOKS = 3
PLACE = Source(CAMERA, "Caméra 12", "rtsp://127.0.0.1:9/camera/12")


def use(folder: Path, town: Town, number: int, say: Say) -> None:
    """An evening at the relay: three looks, of which the second is over before the third begins."""
    relay = Relay(folder, driven=True)
    ask = relay.ask()
    brought = {
        "revocation": town.revocations(number),
        "stamp": town.stamp(NOW + number, nonce=ask.nonce, device=RELAY),
        "sources": town.sources(relay.device.holdings.certificate, ask.sealing or "", PLACE, number=number),
    }
    relay.take(encode_frame(CarryDown(tuple(brought.items()))))
    for _ in range(LOOKS):
        live = look(relay, town, say)
        relay.tick()
        if len(relay.uses.live) > 1:
            relay.finish(live.use, "left")
    relay.close()


def look(relay: Relay, town: Town, say: Say) -> Admitted:
    """One that is admitted, and said to be once its result would leave."""

    def exchange(frame: Frame) -> Frame:
        answer = decode_frame(encode_frame(relay.gates.answer(CAMERA, encode_frame(frame), "127.0.0.1")))
        assert not isinstance(answer, Refused), answer
        return answer

    officer = town.technician(resources=(CAMERA,), actions=(ACTION,), policy=Policy((NETWORK,)))
    phone = officer.phone()
    meeting = allow(phone.meet(exchange, CAMERA, relay=RELAY))
    response: Response = phone.answer(meeting, ACTION)
    admitted = relay.gates.admit(CAMERA, encode_frame(response))
    assert isinstance(admitted, Admitted), admitted
    result = allow(phone.hear(meeting, admitted.result))
    say({"admitted": result.admitted, "sequence": result.sequence, "nonce": result.nonce})
    return admitted


def ends(reader: Reader) -> Counter[object]:
    """How often the end of each admitted use is told."""
    told = Counter(nonce for kind, nonce in reader.events.values() if kind == "use-ended")
    return Counter({nonce: told[nonce] for kind, nonce in reader.events.values() if kind == "use-admitted"})


def main(folder: Path, seed: int, rounds: int) -> None:
    town, chance = Town(), random.Random(seed)  # noqa: S311 - repeats, and hides nothing
    reader = Reader(town.commission(home.request(folder, KIND, RELAY), folder / commissioning.FILE))
    answered, died_live = 0, 0
    for number in range(1, rounds + 1):
        results = killed(folder, town, number, chance.randint(1, LAST_LINE), use=use, ours=OURS)
        before = len(reader.events)
        relay = Relay(folder, driven=True)
        assert relay.uses.live == {}
        reader.read(relay.device)
        relay.close()
        compare(results, reader)
        assert set(ends(reader).values()) <= {1}, ends(reader)
        fresh = [kind for sequence, (kind, _) in sorted(reader.events.items()) if sequence > before]
        died_live += fresh[-1] == "use-ended"
        answered += len(results)
    figures = {
        "answered": answered,
        "admitted": len(ends(reader)),
        "died_live": died_live,
        "last": reader.head.sequence,
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
