"""The second act, in the town that the first one left: what goes wrong in a town, by the same doors, and what is said of it."""

import shutil
from typing import Final

from tests.certifying import certified, pem_of
from tests.directory import PASSWORD
from tests.morning.before import Morning, Step
from tests.morning.officer import NAME
from tests.morning.playing import CLAIRE, CLAIRES, REFERENCE, contact, log_ada_in

GIBBERISH: Final = bytes.fromhex("77aabbcc")  # a channel that no WS301 has


def silence(morning: Morning) -> None:
    """A directory that takes connections and says nothing: its people are told so, those who have a password of our own come in."""
    visitor, hall = morning.visitor, morning.hall
    hall.freeze()
    try:
        visitor.cookies.clear()
        told = visitor.logs_in("ada@town.example", PASSWORD)
        assert "doesn’t answer" in told.text, told.text
        assert "Log out" in visitor.logs_in(CLAIRE, CLAIRES).text
    finally:
        hall.thaw()
    log_ada_in(morning)


def gibberish(morning: Morning) -> None:
    """A payload that the model's description doesn't cover is shown as it came, and moves no door."""
    with contact(morning) as door:
        door._uplink(GIBBERISH)
        page = morning.reads(morning.paper["contact"], GIBBERISH.hex())
    assert "wasn’t understood" in page.text
    morning.reads(morning.paper["cabinet"], f"{REFERENCE} Closed since")


def damage(morning: Morning) -> None:
    """A backup cut short, one altered: refused with what is wrong, and nothing is begun."""
    officer, nowhere = morning.officer, morning.folder / "nowhere"
    (whole,) = (path.read_bytes() for path in morning.share.glob("*/database.age"))
    for words, spoiled in (("is cut short", whole[:-10]), ("was altered", whole[:-1] + bytes([whole[-1] ^ 1]))):
        copy = shutil.copytree(morning.share, morning.folder / "spoiled")
        next(copy.glob("*/database.age")).write_bytes(spoiled)
        refused = officer.types("restore", copy, "--root", morning.root, "--home", nowhere)
        assert (refused.returncode, f"database.age {words}" in refused.stderr) == (2, True), refused.stderr
        assert not nowhere.exists()
        shutil.rmtree(copy)


def overwrite(morning: Morning) -> None:
    """A restore over the town that runs."""
    refused = morning.officer.types("restore", morning.share, "--root", morning.root, "--home", morning.officer.home)
    assert (refused.returncode, "never goes over an installation" in refused.stderr) == (2, True), refused.stderr
    assert morning.visitor.goes("/").status == 200


def mismatch(morning: Morning) -> None:
    """A certificate with the key of another: said before anything starts, without a word of the key."""
    officer = morning.officer
    officer.stops()
    files = certified("Somebody", [NAME]).written(officer.home / "tls", key=pem_of(certified("Somebody else").key))
    officer.sets(BEFFROI_LOCAL_CA=0, BEFFROI_TLS_CERT=files.certificate, BEFFROI_TLS_KEY=files.key)
    refused = officer.types("up")
    assert (refused.returncode, "is not the one of the certificate" in refused.stderr) == (2, True), refused.stderr
    assert "PRIVATE" not in refused.stderr


SECOND_ACT: Final[tuple[Step, ...]] = (
    ("A directory that stops answering", silence),
    ("A contact that says what nobody understands", gibberish),
    ("A backup cut short, and one altered", damage),
    ("A restore over a town that runs", overwrite),
    ("A certificate with another's key", mismatch),
)
