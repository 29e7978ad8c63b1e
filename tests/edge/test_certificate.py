"""A lock's certificate is renewed over the wire: a stolen certification key doesn't send anybody to eighty cabinets."""

import os
from pathlib import Path

from beffroi.edge.device import commissioning
from beffroi.edge.device.store import Store
from beffroi.edge.lock.unit import KIND
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.keyset import Use
from tests.edge.street import Lock
from tests.edge.town import LOCK, NOW, OTHER_LOCK, Town, allow


def shown(lock: Lock, town: Town) -> str | None:
    """The name that a technician's phone shows, None when it doesn't believe the lock."""
    with lock.connect() as connection:
        certificate = town.technician().phone().greet(connection.exchange)
    return None if isinstance(certificate, Refused) else certificate.name


def test_a_rotated_certification_key_needs_no_visit(lock: Lock, town: Town) -> None:
    assert lock.bring(keyset=town.rotate(Use.DEVICE_CERTIFICATE)) == {"keyset": "taken"}
    assert shown(lock, town) is None
    assert lock.bring(certificate=town.certify(lock.request, name="Armoire de la gare")) == {"certificate": "taken"}
    assert shown(lock, town) == "Armoire de la gare"
    with lock.connect() as connection:
        assert allow(town.technician().phone().open(connection.exchange, LOCK)).admitted


def test_the_renewed_one_stays_although_the_document_is_read_again(lock: Lock, town: Town) -> None:
    lock.bring(
        keyset=town.rotate(Use.DEVICE_CERTIFICATE), certificate=town.certify(lock.request, name="Armoire de la gare")
    )
    assert lock.process.stop() == 0
    lock.restart()
    assert shown(lock, town) == "Armoire de la gare"


def test_only_a_later_one_of_its_own_is_taken(lock: Lock, town: Town, tmp_path: Path) -> None:
    stranger = Store.open(tmp_path / "stranger", KIND)
    same_name = commissioning.request(stranger, LOCK, os.urandom(32))
    stranger.close()
    other = Store.open(tmp_path / "other", KIND)
    other_name = commissioning.request(other, OTHER_LOCK, os.urandom(32))
    other.close()
    assert lock.bring(certificate=town.certify(lock.request)) == {"certificate": "certificate-not-newer"}
    assert lock.bring(certificate=town.certify(same_name, start=NOW)) == {"certificate": "device-other"}
    assert lock.bring(certificate=town.certify(other_name, start=NOW)) == {"certificate": "device-other"}
    assert lock.bring(certificate=Town().certify(lock.request, start=NOW)) == {"certificate": "token-signature"}
    assert lock.bring(certificate=town.certify(lock.request, start=NOW + 1)) == {"certificate": "certificate-early"}
    assert lock.bring(certificate=town.certify(lock.request, start=NOW)) == {"certificate": "taken"}
