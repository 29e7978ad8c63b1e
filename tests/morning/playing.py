"""The officer's morning, as the pages for operators tell it: from a wheel and an empty folder to a town that was lost and is back.

Nothing of the product is used but the installed `beffroi`, HTTPS, MQTT and LDAP. The rest is what a town has: a directory, a network of
contacts with its broker, a neighbour, two safes.
"""

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from beffroi.lib.clock import utc_now
from beffroi.simulator.contacts import LoRaContact
from tests.adapters.townbroker import READER
from tests.cli.test_up import eventually
from tests.directory import BASE, GROUPS, PASSWORD, READER_PASSWORD
from tests.directory import READER as READS
from tests.morning.before import Morning, Step, morning
from tests.morning.neighbour import Neighbour
from tests.morning.officer import NAME, PATIENCE
from tests.morning.telling import Telling
from tests.morning.visitor import in_clear

CLAIRE: Final = "claire@saint-cyr.example"
CLAIRES: Final = "quatre mots pris au hasard"
REFERENCE: Final = "PM-78545-0142"
EUI: Final = "24e124538b223213"
# What the machine of whoever plays this may lack, and a town's own has: a service that holds its clock.
OF_THE_MACHINE: Final = ("clock.",)


def begin(morning: Morning) -> None:
    """Step 2: init, the roots into their safe, the register's key on paper."""
    officer = morning.officer
    asked = (
        "--domain",
        f"{NAME}:{officer.ports[0]}",
        "--authority-name",
        "Ville de Saint-Cyr",
        "--admin-email",
        CLAIRE,
    )
    said = officer.done("init", "--local-ca", *asked, "--admin-password-stdin", given=f"{CLAIRES}\n")
    morning.told.say(said)
    morning.paper["fingerprint"] = "".join(re.findall(r"^  ((?:[0-9A-F]{2} ?){8})$", said, re.MULTILINE)).replace(
        " ", ""
    )
    morning.safe.mkdir()
    for root in re.findall(r"^\s+(/\S+\.jwk)$", said, re.MULTILINE):
        kept = Path(shutil.copy(root, morning.safe))
        assert "whole and readable" in officer.done("keys", "check", kept)
        Path(root).unlink()
    assert len(list(morning.safe.iterdir())) == 2
    # Whoever plays this may have another town on these ports, and no firewall.
    officer.sets(
        BEFFROI_BIND="127.0.0.1",
        BEFFROI_HTTP_PORT=officer.ports[1],
        BEFFROI_BACKUP_FOLDER=morning.share,
        BEFFROI_WEB_PROCESSES=1,
    )


def settle(morning: Morning) -> None:
    """directory.md and observe.md: lines of settings.env, with the files that they name in the home, where backups take them along."""
    officer, hall, campus = morning.officer, morning.hall, morning.campus
    shutil.copy(hall.ca, officer.home / "directory.pem")
    officer.sets(
        BEFFROI_LDAP_URL=f"ldaps://127.0.0.1:{hall.tls}",
        BEFFROI_LDAP_KIND="openldap",
        BEFFROI_LDAP_CA="directory.pem",
        BEFFROI_LDAP_BIND_DN=READS,
        BEFFROI_LDAP_BIND_PASSWORD=READER_PASSWORD,
        BEFFROI_LDAP_BASE=BASE,
        BEFFROI_LDAP_GROUP_BASE=GROUPS,
        BEFFROI_OBSERVE="observe.json",
    )
    shutil.copy(campus.ca, officer.home / "campus.pem")
    broker = {"name": "campus", "authority": "saint-cyr", "kind": "chirpstack", "url": campus.url, "ca": "campus.pem"}
    described = officer.home / "observe.json"
    described.touch(mode=0o600)
    described.write_text(json.dumps({"brokers": [{**broker, "user": READER, "password": campus.reader}]}))
    morning.told.say(officer.done("bridge", "--check"))


def start(morning: Morning) -> None:
    """https.md: over plain HTTP the page that says how, its file, the fingerprint of the paper; then nothing but HTTPS."""
    officer = morning.officer
    officer.launches()
    eventually(lambda: officer.over or _answers(officer.ports[1]), officer.said.read_text)
    status, page = in_clear(officer.ports[1], "/trust/", NAME)
    assert (status, b"beffroi.pem" in page) == (200, True)
    morning.visitor.trusted = in_clear(officer.ports[1], "/trust/beffroi.pem", NAME)[1].decode()
    root = x509.load_pem_x509_certificate(morning.visitor.trusted.encode())
    assert root.fingerprint(hashes.SHA256()).hex().upper() == morning.paper["fingerprint"]
    officer.awaits(morning.visitor)
    morning.told.say(f"{officer.address} is well")


def _answers(port: int) -> bool:
    try:
        return in_clear(port, "/trust/", NAME)[0] == 200
    except OSError:
        return False


def directory_in(morning: Morning) -> None:
    """directory.md: a group of the town's has a role; somebody of it logs in with the password they have."""
    hall = morning.hall
    group = hall.gather("Informatique", hall.hire("ada", "Ada Vauban"))
    visitor = morning.visitor
    assert visitor.logs_in(CLAIRE, CLAIRES).status == 200
    groups = visitor.goes("/directory/saint-cyr/groups/?q=informatique")
    assert "Informatique" in groups.text, groups.text
    page = visitor.goes(f"/directory/saint-cyr/add/?{urlencode({'group': group})}")
    form = page.form("gives")
    gives = next(value for words, value in form.choices["gives"].items() if "administrator" in words.lower())
    shown = visitor.sends(form, gives=gives)
    assert "Ada Vauban" in shown.text, shown.text
    written = visitor.sends(shown.form("gives"), gives=gives, write="1")
    assert "1 role began" in written.text, written.text
    log_ada_in(morning)


def log_ada_in(morning: Morning) -> None:
    """With her password of the directory; the menu is hers."""
    morning.visitor.cookies.clear()
    page = morning.visitor.logs_in("ada@town.example", PASSWORD)
    assert (page.status, "Ada Vauban" in page.text) == (200, True), page.text


def first_cabinet(morning: Morning) -> None:
    """first-convention.md 1, first-cabinet.md 1, observe.md: a cabinet without a lock, whose door contact the town's own network hears."""
    visitor = morning.visitor
    morning.officer.done("organisation", "add", "--name", "Fibre 78", "--kind", "infrastructure-operator")
    form = visitor.goes("/cabinets/add/").form("operator", "reference")
    operator = next(value for words, value in form.choices["operator"].items() if words == "Fibre 78")
    place = {"address": "3 rue Gabriel-Péri", "latitude": "48.8006", "longitude": "2.0653"}
    written = visitor.sends(form, operator=operator, reference=REFERENCE, **place)
    assert "is written down" in written.text, written.text
    morning.paper["cabinet"] = urlsplit(written.url).path
    with contact(morning) as door:
        door.join()
        morning.reads("/contacts/", EUI)
        cabinet = urlsplit(written.url).path.strip("/").partition("/")[2]
        form = visitor.goes(f"/contacts/add/?{urlencode({'thing': f'cabinet:{cabinet}', 'label': EUI})}").form(
            "label", "model"
        )
        fitted = visitor.sends(form, model="milesight-ws301", name=REFERENCE, thing=f"cabinet:{cabinet}")
        assert "Waits for its first message" in fitted.text, fitted.text
        morning.paper["contact"] = urlsplit(fitted.url).path
        door.swing(opened=True)
        morning.reads(fitted.url, "It said that the door opened.")
    morning.reads(written.url, f"{REFERENCE} Open since")


@contextmanager
def contact(morning: Morning) -> Iterator[LoRaContact]:
    """The WS301 on that door, as ChirpStack publishes it."""
    with morning.campus.publisher() as line:
        eventually(line.is_connected, "ChirpStack is on its broker")

        def publish(topic: str, payload: str, *, retain: bool = False) -> None:
            line.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE)

        door = LoRaContact(EUI, "armoire-142", publish, utc_now)
        door.frames = int(morning.paper.get("frames", "0"))
        yield door
        morning.paper["frames"] = str(door.frames)


def back_up(morning: Morning) -> None:
    """backup.md: one more, now; it is whole, and a root of the safe opens it."""
    officer = morning.officer
    morning.told.say(officer.done("backup"))
    morning.told.say(officer.done("backup", "verify", "--root", morning.root))
    keys = officer.done("register", "key").split()
    morning.neighbour = Neighbour(morning.folder / "neighbour", tuple(keys))
    (morning.paper["key"],) = (key for key in keys if "/installation+" in key)


def lose_everything(morning: Morning) -> None:
    """After the backup something more is written down, and a neighbour has it; then every process is killed, and the disk is gone."""
    assert morning.neighbour is not None
    before = morning.neighbour.copies(morning.visitor)
    morning.officer.done("organisation", "add", "--name", "Fibre 92", "--kind", "commercial-operator")
    eventually(
        lambda: sum(morning.neighbour.copies(morning.visitor).values()) > sum(before.values()),  # type: ignore[union-attr]  # it is there
        "what was written last is published",
    )
    morning.officer.loses_everything()


def restore(morning: Morning) -> None:
    """Onto another disk, from the share, one root and the key on paper; the register goes on from the neighbour's copy."""
    officer, neighbour = morning.officer, morning.neighbour
    assert neighbour is not None
    officer.home = morning.folder / "new" / "home"
    officer.home.parent.mkdir(mode=0o711)
    told = ("--root", morning.root, "--home", officer.home, "--key", morning.paper["key"])
    morning.told.say(officer.done("restore", morning.share, *told))
    held = officer.types("register", "resume")
    assert (held.returncode, "--tiles" in held.stdout) == (1, True), held.stdout + held.stderr
    with neighbour.publishes() as address:
        said = officer.done("register", "resume", "--tiles", address)
    morning.told.say(said)
    assert re.search(r"taken-back: [1-9]\d* leaves", said), said


def go_on(morning: Morning) -> None:
    """The same people, the same cabinet, whose contact goes on speaking."""
    morning.officer.starts(morning.visitor)
    log_ada_in(morning)
    morning.reads(morning.paper["cabinet"], f"{REFERENCE} Open since")
    with contact(morning) as door:
        door.swing(opened=False)
        morning.reads(morning.paper["cabinet"], f"{REFERENCE} Closed since")


def verify(morning: Morning) -> None:
    """As a stranger would: with the key from paper, and the neighbour's checkpoints, which one history must extend."""
    officer, neighbour = morning.officer, morning.neighbour
    assert neighbour is not None
    export = morning.folder / "register.export"
    officer.done("register", "export", export)
    keys = [part for key in neighbour.keys for part in ("--key", key)]
    since = [part for log in neighbour.folder.glob("*/checkpoint") for part in ("--since", str(log))]
    said = officer.done("register", "verify", export, *keys, *since)
    morning.told.say(said)
    assert "verified: " in said


def look_over(morning: Morning) -> None:
    """`beffroi doctor`: what does not work, or is to be watched, is of this machine and not of the town."""
    answer = morning.officer.types("doctor", "--json")
    found = json.loads(answer.stdout)
    wrong = [
        each for each in found["findings"] if each["state"] != "well" and not each["code"].startswith(OF_THE_MACHINE)
    ]
    morning.told.say(f"{len(found['findings'])} findings")
    assert wrong == [], wrong


FIRST_ACT: Final[tuple[Step, ...]] = (
    ("Begin: the authority, its keys, HTTPS by an authority of its own", begin),
    ("Say where the town's directory is, and the broker that hears its contacts", settle),
    ("Start, and have this machine trust it", start),
    ("The town's directory: a group has a role, and its people log in", directory_in),
    ("The first cabinet: a door contact on the town's own network", first_cabinet),
    ("Back up", back_up),
    ("Lose everything: processes killed, disk gone", lose_everything),
    ("Restore on another disk, and take the register up again", restore),
    ("Go on", go_on),
    ("Verify the register as a stranger would", verify),
    ("Look it over", look_over),
)


def play(folder: Path, told: Telling, *acts: Iterable[Step]) -> None:
    """From an empty folder."""
    with morning(folder, told) as there:
        for name, does in chain(*acts):
            with told.step(name):
                does(there)
    told.end()
