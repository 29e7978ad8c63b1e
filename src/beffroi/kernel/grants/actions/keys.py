"""Roots and key sets: what every gate of an authority hangs from."""

from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.adapters.keystore import KeyStore
from beffroi.kernel.grants.errors import KeySetRefused, RootInvalid
from beffroi.kernel.grants.models import KeySet, Root
from beffroi.kernel.grants.queries import current_keyset, read_keyset, roots
from beffroi.kernel.grants.queries.turns import TURNING
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.wake import wake
from beffroi.protocol.v1.errors import MisuseError, Refused
from beffroi.protocol.v1.jwk import OctetKey, octet_key
from beffroi.protocol.v1.keyset import ALIVE_OF_EACH, SetKey, Use, make_keyset, set_key, verify_keyset

# Those who bring devices what is newer listen here: a key set was taken, a revocation list was signed.
TRUST = "beffroi_trust"
KEY_LIFE = timedelta(days=2 * 365)
# What certifies devices lasts as long as they do: nobody visits every cabinet to renew a certificate.
CERTIFICATE_KEY_LIFE = timedelta(days=10 * 365)
# A key that is about to end doesn't count as one of the two.
SOON = timedelta(days=90)


@kernel_action
def take_roots(*, authority: UUID, first: OctetKey, second: OctetKey, by: UUID | None) -> None:
    """Remember the public halves of the two offline roots; raises RootInvalid when others are known already.

    No entry of its own: the key set that one of them signs leaves it.
    """
    known = roots(authority)
    if known:
        if [key.jwk for key in known] != [first.jwk, second.jwk]:
            raise RootInvalid(f"authority {authority} has two other roots; gates know those")
        return
    for position, key in enumerate((first, second), start=1):
        Root.objects.create(authority_id=authority, position=position, jwk=key.jwk)


@kernel_action
def take_keyset(*, authority: UUID, token: str, by: UUID | None, now: datetime) -> int:
    """Put a key set signed by one of the roots in force; returns its number, raises KeySetRefused."""
    held = read_keyset(authority)
    keyset = verify_keyset(token, roots=roots(authority), authority=str(authority), held=held.number if held else 0)
    if isinstance(keyset, Refused):
        raise KeySetRefused(f"{keyset.reason}: {keyset.reason.meaning}")
    KeySet.objects.create(authority_id=authority, number=keyset.number, token=token)
    record(kind="keyset.taken", authority=authority, by=by, fields={"number": keyset.number}, now=now)
    wake(TRUST)
    return keyset.number


def prepare_keyset(
    store: KeyStore,
    *,
    authority: UUID,
    root: Ed25519PrivateKey,
    now: datetime,
    drop: frozenset[str] = frozenset(),
    announced: datetime | None = None,
) -> str:
    """Sign the next key set with a root: keys alive and not dropped stay, new ones are made until two of each last.

    `drop` names the keys that were stolen or lost, or whose time is over; `announced`: from when on one more key of each
    use that takes turns is in force. Writes private keys to the store, nothing to the database; hand the token to `take_keyset`. Raises
    RootInvalid when the key is not one of the authority's roots, KeySetRefused when `drop` names what the set in force does not.
    """
    if octet_key(root).thumbprint not in {key.thumbprint for key in roots(authority)}:
        raise RootInvalid(f"this key is not one of the two roots of {authority}")
    held = read_keyset(authority)
    if held is None and current_keyset(authority):
        raise KeySetRefused("the key set in force does not verify against the roots")
    issued = int(now.timestamp())
    named = held.keys if held else ()
    if unknown := sorted(drop - {key.kid for key in named}):
        raise KeySetRefused(f"the key set in force names no key {', '.join(unknown)}: `beffroi keys show` lists them")
    ahead = _next_keys(store, str(authority), now, announced) if announced else ()
    kept = (*(key for key in named if key.end > issued and key.kid not in drop), *ahead)
    try:
        return make_keyset(
            authority=str(authority),
            number=held.number + 1 if held else 1,
            issued=issued,
            keys=_completed(store, str(authority), kept, now),
            root=root,
        )
    except MisuseError as error:
        raise KeySetRefused(str(error)) from error


def _next_keys(store: KeyStore, authority: str, now: datetime, start: datetime) -> tuple[SetKey, ...]:
    """One more key of each use that wears out, in force from `start` on: until then gates hear of it, and nothing is signed with it."""
    made = []
    for use in TURNING:
        public = store.create(authority=authority, use=use)
        begin, end = int(start.timestamp()), int((start + KEY_LIFE).timestamp())
        made.append(set_key(public.thumbprint, use, public, begin, end))
    return tuple(made)


def _completed(store: KeyStore, authority: str, kept: tuple[SetKey, ...], now: datetime) -> tuple[SetKey, ...]:
    """These keys, with new ones until two of each use last beyond `SOON` and can be used here."""
    start, soon = int((now - timedelta(minutes=1)).timestamp()), int((now + SOON).timestamp())
    keys = list(kept)
    for use in Use:
        life = CERTIFICATE_KEY_LIFE if use is Use.DEVICE_CERTIFICATE else KEY_LIFE
        end = int((now + life).timestamp())
        lasting = sum(
            1
            for key in kept
            if (key.use is use and key.start <= start and key.end > soon)
            and store.holds(authority=authority, use=use, kid=key.kid)
        )
        for _missing in range(ALIVE_OF_EACH - lasting):
            public = store.create(authority=authority, use=use)
            keys.append(set_key(public.thumbprint, use, public, start, end))
    return tuple(keys)
