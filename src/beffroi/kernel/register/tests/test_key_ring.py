"""Which keys sign a log: the installation's from the first day, an authority's own once they are there."""

from pathlib import Path

import pytest

from beffroi.adapters.keystore import KeyStore
from beffroi.kernel.register.errors import KeyUnusable
from beffroi.kernel.register.queries.keys import KeyRing, create_checkpoint_key
from beffroi.protocol.v1.keyset import Use

LOG = "5e1f0c7e-6a35-4a3c-9b7f-0e6f1c1f0001"


def test_an_authority_s_own_keys_sign_as_soon_as_they_are_there(tmp_path: Path) -> None:
    create_checkpoint_key(tmp_path)
    ring = KeyRing(tmp_path)
    assert len(ring.of(LOG).signing) == 1
    store = KeyStore(tmp_path)
    for _key in range(2):
        store.create(authority=LOG, use=Use.CHECKPOINT)
    assert len(ring.of(LOG).signing) == 3


def test_a_retired_key_only_tells_what_was_ours(tmp_path: Path) -> None:
    create_checkpoint_key(tmp_path)
    KeyStore(tmp_path).create(authority=LOG, use=Use.CHECKPOINT)
    ring = KeyRing(tmp_path)
    assert len(ring.of(LOG).signing) == 2
    (own,) = (tmp_path / LOG / "checkpoint").glob("*.jwk")
    own.rename(own.with_suffix(".retired"))
    assert (len(ring.of(LOG).signing), len(ring.of(LOG).retired)) == (1, 1)


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    create_checkpoint_key(tmp_path)
    (path,) = (tmp_path / "installation" / "checkpoint").glob("*.jwk")
    path.chmod(0o644)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        KeyRing(tmp_path).of("installation")
