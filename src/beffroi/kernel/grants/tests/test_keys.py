"""Key sets: made by a root only, two of each use, a stolen key dropped, never an older one."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.adapters.keystore import KeyStoreError, NoKey, read_private, write_private
from beffroi.kernel.devices.factories import Town, town
from beffroi.kernel.grants.actions.keys import prepare_keyset, take_keyset, take_roots
from beffroi.kernel.grants.errors import KeySetRefused, RootInvalid
from beffroi.kernel.grants.queries import current_keyset, read_keyset, signing_key
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.jwk import octet_key
from beffroi.protocol.v1.keyset import Use, weak_uses

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(tmp_path: Path) -> Town:
    return town(tmp_path, now=utc_now())


def test_two_keys_of_each_use_are_alive(here: Town) -> None:
    keyset = read_keyset(here.authority.id)
    assert keyset is not None
    assert weak_uses(keyset.keys, int(utc_now().timestamp())) == ()


def test_a_stolen_key_is_dropped_and_signs_no_more(here: Town) -> None:
    authority = here.authority.id
    stolen = signing_key(here.store, authority=authority, use=Use.CAPABILITY, now=utc_now())
    token = prepare_keyset(here.store, authority=authority, root=here.root, now=utc_now(), drop=frozenset({stolen.kid}))
    assert take_keyset(authority=authority, token=token, by=None, now=utc_now()) == 2
    keyset = read_keyset(authority)
    assert keyset is not None
    assert stolen.kid not in {key.kid for key in keyset.keys}
    assert signing_key(here.store, authority=authority, use=Use.CAPABILITY, now=utc_now()).kid != stolen.kid
    assert weak_uses(keyset.keys, int(utc_now().timestamp())) == ()


def test_an_older_set_is_refused(here: Town) -> None:
    first = current_keyset(here.authority.id)
    with pytest.raises(KeySetRefused, match="keyset-not-newer"):
        take_keyset(authority=here.authority.id, token=first, by=None, now=utc_now())


def test_only_a_root_signs(here: Town) -> None:
    with pytest.raises(RootInvalid):
        prepare_keyset(here.store, authority=here.authority.id, root=Ed25519PrivateKey.generate(), now=utc_now())


def test_the_roots_are_taken_once(here: Town) -> None:
    other = octet_key(Ed25519PrivateKey.generate())
    with pytest.raises(RootInvalid):
        take_roots(authority=here.authority.id, first=other, second=other, by=None)


def test_a_key_file_is_ours_alone_and_never_written_over(here: Town, tmp_path: Path) -> None:
    path = tmp_path / "roots" / "1.jwk"
    key = Ed25519PrivateKey.generate()
    write_private(path, key)
    assert path.stat().st_mode & 0o077 == 0
    assert octet_key(read_private(path)) == octet_key(key)
    with pytest.raises(FileExistsError):
        write_private(path, Ed25519PrivateKey.generate())
    assert octet_key(read_private(path)) == octet_key(key)
    path.write_text("{}")
    with pytest.raises(KeyStoreError, match="put its copy back"):
        read_private(path)
    for file in (here.store.folder / str(here.authority.id) / "capability").glob("*.jwk"):
        file.unlink()
    with pytest.raises(NoKey, match="capability"):
        signing_key(here.store, authority=here.authority.id, use=Use.CAPABILITY, now=utc_now())
