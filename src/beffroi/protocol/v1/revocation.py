"""The revocation list: grants, and keys of holders whose every chain dies with them.

A gate never goes back. Lists are ordered by (key set, number): whoever steals a revocation key and signs the greatest number
there is shuts nothing for ever, because the next key set starts a new count.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.chain import Chain
from beffroi.protocol.v1.errors import Reason, RefusalError, making, refusing
from beffroi.protocol.v1.jws import Place, Token
from beffroi.protocol.v1.keyset import KeySet, Reading, Use

MAX_REVOKED = 500
PLACE = Place("beffroi-revocation+jwt", limit=61440)

_NAMES = frozenset({"iss", "set", "num", "iat", "nxt", "grants", "keys"})


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A verified list. ``next_by`` is when the authority promises the next one; it is a health figure, not a rule."""

    authority: str
    keyset: int
    number: int
    issued: int
    next_by: int
    grants: frozenset[str]
    keys: frozenset[str]
    token: str = field(default="", compare=False, repr=False)

    @property
    def order(self) -> tuple[int, int]:
        """What decides which of two lists is newer."""
        return (self.keyset, self.number)

    def verdict(self, chain: Chain) -> Reason | None:
        """Why the chain is dead, if it is."""
        if not self.keys.isdisjoint(chain.holders):
            return Reason.HOLDER_REVOKED
        return Reason.GRANT_REVOKED if chain.grant.id in self.grants else None

    def age(self, at: Reading) -> int:
        """Seconds since it was made; at least so many while time is unknown."""
        return max(0, (at.floor if at.now is None else at.now) - self.issued)


@making
def make_revocation_list(
    *,
    authority: str,
    keyset: int,
    number: int,
    issued: int,
    next_by: int,
    grants: frozenset[str],
    keys: frozenset[str],
    kid: str,
    signer: Ed25519PrivateKey,
) -> str:
    """Sign a list with the ``revocation`` key named ``kid``."""
    payload = {
        "grants": sorted(grants),
        "iat": issued,
        "iss": authority,
        "keys": sorted(keys),
        "num": number,
        "nxt": next_by,
        "set": keyset,
    }
    token = PLACE.make(payload, signer, kid)
    _read(PLACE.take_apart(token), token)
    return token


def _read(parts: Token, token: str) -> RevocationList:
    body = parts.body(_NAMES)
    return RevocationList(
        authority=members.slug(body, "iss"),
        keyset=members.ordinal(body, "set"),
        number=members.ordinal(body, "num"),
        issued=members.time(body, "iat"),
        next_by=members.time(body, "nxt"),
        grants=frozenset(members.sorted_strings(body, "grants", members.is_slug, 0, MAX_REVOKED)),
        keys=frozenset(members.sorted_strings(body, "keys", members.is_hash, 0, MAX_REVOKED)),
        token=token,
    )


@refusing
def verify_revocation_list(
    token: str, *, keyset: KeySet, at: Reading, held: RevocationList | None = None
) -> RevocationList:
    """The list, when a key of the set signed it and it is newer than the one held."""
    parts = PLACE.take_apart(token)
    parts.check_ed25519(keyset.verifier(parts.kid(), Use.REVOCATION, at))
    revocations = _read(parts, token)
    if revocations.authority != keyset.authority:
        raise RefusalError(Reason.AUTHORITY_OTHER, revocations.authority)
    if revocations.keyset > keyset.number:
        raise RefusalError(Reason.SET_AHEAD, str(revocations.keyset))
    if held is not None and not _newer(revocations, held):
        raise RefusalError(Reason.REVOCATIONS_NOT_NEWER, f"{revocations.order}")
    return revocations


def _newer(revocations: RevocationList, held: RevocationList) -> bool:
    """Later in order and, within one key set, in time; across sets a stolen key's date from the far future binds nobody."""
    if revocations.order <= held.order:
        return False
    return revocations.keyset > held.keyset or revocations.issued >= held.issued


@refusing
def recall_revocation_list(token: str) -> RevocationList:
    """A list that this device verified when it took it, read again from its own store: form only, no signature.

    The key that signed it may have expired or left the key set since; the list counts all the same.
    """
    return _read(PLACE.take_apart(token), token)
