"""What an installation says of its keys: two of each that last, no root on the server, nobody else's eyes; and the minter's refusal."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django.fixtures import Settings

from beffroi.adapters.keystore import KeyStore, KeyStoreError, NoKey, write_private
from beffroi.kernel.devices.factories import Town, town
from beffroi.kernel.grants.actions.keys import prepare_keyset, take_keyset
from beffroi.kernel.grants.errors import KeySetRefused
from beffroi.kernel.grants.queries import read_keyset, signing_key
from beffroi.kernel.grants.queries.custody import look_at_files, look_at_sets
from beffroi.kernel.grants.queries.turns import TURNING, keys_elsewhere, turn_of
from beffroi.lib.clock import utc_now
from beffroi.persistence.checkup import Finding, State
from beffroi.protocol.v1.keyset import KeySet, Use

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = utc_now()


@pytest.fixture
def here(tmp_path: Path, settings: Settings) -> Town:
    settings.BEFFROI_HOME = tmp_path
    return town(tmp_path / "keys", now=NOW)


def in_force(here: Town) -> KeySet:
    keyset = read_keyset(here.authority.pk)
    assert keyset is not None
    return keyset


def codes(findings: list[Finding]) -> list[tuple[str, State]]:
    return [(each.code, each.state) for each in findings]


def next_set(here: Town, now: datetime, *, drop: frozenset[str] = frozenset(), start: datetime | None = None) -> KeySet:
    authority = here.authority.pk
    token = prepare_keyset(here.store, authority=authority, root=here.root, now=now, drop=drop, announced=start)
    take_keyset(authority=authority, token=token, by=None, now=now)
    return in_force(here)


def test_keys_that_end_are_said_sixty_days_before_and_signed_anew(here: Town) -> None:
    assert codes(look_at_sets(NOW)) == [("keys", State.WELL)]
    assert codes(look_at_sets(NOW + 669 * DAY)) == [("keys", State.WELL)]
    late = NOW + 671 * DAY
    assert codes(look_at_sets(late)) == [("keys.ending", State.WARNING)]
    assert codes(look_at_sets(NOW + 731 * DAY)) == [("keys.weak", State.WARNING)]
    next_set(here, late)
    assert codes(look_at_sets(late)) == [("keys", State.WELL)]


def test_a_root_left_and_a_file_that_others_read_are_said(here: Town) -> None:
    assert codes(look_at_files(NOW)) == [("key-files", State.WELL)]
    write_private(here.store.folder / str(here.authority.pk) / "roots" / "root-1.jwk", here.root)
    assert codes(look_at_files(NOW)) == [("key-files.roots", State.WARNING)]
    kid = signing_key(here.store, authority=here.authority.pk, use=Use.CAPABILITY, now=NOW).kid
    path = here.store.folder / str(here.authority.pk) / "capability" / f"{kid}.jwk"
    path.chmod(0o640)
    assert codes(look_at_files(NOW))[1:] == [("key-files.open", State.BAD)]
    with pytest.raises(KeyStoreError, match="chmod 600"):
        signing_key(here.store, authority=here.authority.pk, use=Use.CAPABILITY, now=NOW)
    path.chmod(0o600)
    assert signing_key(here.store, authority=here.authority.pk, use=Use.CAPABILITY, now=NOW).kid == kid


def test_keys_may_come_from_systemd_alone(here: Town, tmp_path: Path) -> None:
    """Their rights are systemd's business: it shows them to one unit through an access list, which looks like a group's right."""
    authority, given = here.authority.pk, tmp_path / "credentials"
    given.mkdir()
    kid = signing_key(here.store, authority=authority, use=Use.CAPABILITY, now=NOW).kid
    path = here.store.folder / str(authority) / "capability" / f"{kid}.jwk"
    path.rename(given / f"capability_{kid}.jwk")
    (given / f"capability_{kid}.jwk").chmod(0o440)
    assert signing_key(here.store, authority=authority, use=Use.CAPABILITY, now=NOW).kid != kid
    store = KeyStore(here.store.folder, given)
    assert signing_key(store, authority=authority, use=Use.CAPABILITY, now=NOW).kid == kid
    assert [key.kid for key in keys_elsewhere(here.store, authority)] == [kid]
    assert keys_elsewhere(store, authority) == ()


def test_the_next_keys_are_known_before_they_sign_and_then_the_oldest_go(here: Town) -> None:
    authority, first = here.authority.pk, in_force(here)
    assert turn_of(first, NOW).oldest == frozenset()
    begins = NOW + 14 * DAY
    second = next_set(here, NOW, start=begins)
    fresh = {key.kid for key in second.keys} - {key.kid for key in first.keys}
    assert {key.use for key in second.keys if key.kid in fresh} == set(TURNING)
    for at, signed_by_next in ((NOW, False), (begins + DAY, True)):
        signer = signing_key(here.store, authority=authority, use=Use.CAPABILITY, now=at)
        assert (signer.kid in fresh) is signed_by_next
    turn = turn_of(second, NOW)
    assert turn.begins is not None
    assert abs(turn.begins - begins) < timedelta(seconds=2)
    turn = turn_of(second, begins + DAY)
    assert (turn.begins, len(turn.oldest)) == (None, len(TURNING))
    third = next_set(here, begins + DAY, drop=turn.oldest)
    assert turn_of(third, begins + DAY).oldest == frozenset()
    assert len(third.keys) == 2 * len(Use)
    assert fresh < {key.kid for key in third.keys}


def test_only_a_key_of_the_set_is_dropped(here: Town) -> None:
    with pytest.raises(KeySetRefused, match="names no key stolen"):
        next_set(here, NOW, drop=frozenset({"stolen"}))
    assert in_force(here).number == 1


def test_a_file_that_is_no_key_is_said_without_its_content(here: Town) -> None:
    kid = signing_key(here.store, authority=here.authority.pk, use=Use.CAPABILITY, now=NOW).kid
    folder = here.store.folder / str(here.authority.pk) / "capability"
    other = Ed25519PrivateKey.generate()
    write_private(folder / "other.jwk", other)
    (folder / "other.jwk").rename(folder / f"{kid}.jwk")
    for text in ("[]", "{}", '{"d": 3}', '{"crv": "X25519", "d": "c2VjcmV0", "x": ""}', "secret"):
        (folder / f"{kid}.jwk").write_text(text)
        with pytest.raises(KeyStoreError) as fault:
            signing_key(here.store, authority=here.authority.pk, use=Use.CAPABILITY, now=NOW)
        assert not isinstance(fault.value, NoKey)
        assert "c2VjcmV0" not in str(fault.value)
