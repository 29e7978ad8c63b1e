"""A register that was restored is held until a person says from where it goes on: what was signed after the backup is not in it.

BEFFROI_HOME/register-held.json: `v` 1, `name` and `snapshot` of the backup, `settled`: the logs that were taken up since.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from beffroi.kernel.register.errors import RegisterHeld
from beffroi.kernel.register.queries.published import Shelf
from beffroi.protocol.register.archive import flush_folder, write_durably

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Hold:
    """Which backup was restored, of when, and the logs about which it was said how they go on."""

    name: str
    snapshot: str
    settled: tuple[str, ...] = ()
    v: int = FORMAT


def put_hold(place: Shelf, hold: Hold) -> None:
    """Nothing is numbered from now on."""
    write_durably(place.hold, json.dumps(asdict(hold)).encode(), mode=0o600)


def read_hold(place: Shelf) -> Hold | None:
    """None when nothing holds it. A file that can't be read holds it all the same."""
    try:
        known = json.loads(place.hold.read_text(encoding="utf-8"))
        return Hold(str(known["name"]), str(known["snapshot"]), tuple(str(each) for each in known["settled"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return Hold("unreadable", "unreadable")


def settle_logs(place: Shelf, hold: Hold, logs: Sequence[str]) -> Hold:
    """Of these it was said how they go on."""
    after = Hold(hold.name, hold.snapshot, tuple(sorted({*hold.settled, *logs})))
    put_hold(place, after)
    return after


def lift_hold(place: Shelf) -> None:
    """The register goes on."""
    place.hold.unlink(missing_ok=True)
    flush_folder(place.home)


def refuse_held(place: Shelf) -> None:
    """Raises RegisterHeld, which says what is to be decided."""
    hold = read_hold(place)
    if hold is not None:
        raise RegisterHeld(
            f"the backup of {hold.snapshot} was restored, and the former server may have signed more since. "
            "`beffroi register resume --tiles FOLDER|URL` takes that back from the register's files of the former server or from a "
            "copy of them; `beffroi register resume --close` ends the logs where the backup has them, and begins new ones"
        )
