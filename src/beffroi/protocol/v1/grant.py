"""The grant: what an authority lets one holder do, and how far that holder may hand it on.

A ``Scope`` is the part that hand-overs narrow. Nothing here is a language: resources and actions are sets, the window is an
interval, the depth a number, the policy four members with an order of tightness.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.errors import Reason, RefusalError, making
from beffroi.protocol.v1.jwk import HolderKey, confirmation, confirmed, load_holder_key
from beffroi.protocol.v1.jws import Place, Token
from beffroi.protocol.v1.keyset import KeySet, Reading, Use
from beffroi.protocol.v1.strictjson import Body

LOCAL = "local"
NETWORK = "network"
RELAY = "relay"
TRANSPORTS = (LOCAL, NETWORK, RELAY)
TOUCHED_TRANSPORTS = (LOCAL, RELAY)
"""Those of a gate that somebody stands at; what a policy admits unless it says otherwise."""
REFUSE = "refuse"
FLAG = "flag"
ADMIT_MARKED = "admit-marked"
MAX_LINKS = 5
DEFAULT_GREATEST_AGE = 72 * 3600

CHAIN_LIMIT = 4096
PLACE = Place("beffroi-grant+jwt", limit=CHAIN_LIMIT)

_NAMES = frozenset({"iss", "jti", "res", "act", "pur", "con", "nbf", "exp", "dep", "pol", "cnf"})
_POLICY_NAMES = frozenset({"age", "old", "trn", "unk"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What the gate must hold to when it uses the right."""

    transports: tuple[str, ...] = TOUCHED_TRANSPORTS
    greatest_age: int = DEFAULT_GREATEST_AGE
    """Of the gate's revocation list, in seconds."""
    when_old: str = REFUSE
    """``refuse`` or ``flag``: what to do when the list is older."""
    when_time_unknown: str = REFUSE
    """``refuse`` or ``admit-marked``."""

    def within(self, parent: "Policy") -> bool:
        """Whether this policy is as tight as its parent's, member by member."""
        return (
            self.greatest_age <= parent.greatest_age
            and self.when_old in {REFUSE, parent.when_old}
            and self.when_time_unknown in {REFUSE, parent.when_time_unknown}
            and set(self.transports) <= set(parent.transports)
        )

    def body(self) -> Body:
        """The wire form."""
        return {
            "age": self.greatest_age,
            "old": self.when_old,
            "trn": list(self.transports),
            "unk": self.when_time_unknown,
        }


@dataclass(frozen=True, slots=True)
class Scope:
    """Where, what, when (seconds, ``end`` not included), under which policy, and how many links may still follow."""

    resources: tuple[str, ...]
    actions: tuple[str, ...]
    start: int
    end: int
    depth: int
    policy: Policy


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant as signed by an authority's capability key."""

    authority: str
    id: str
    purpose: str
    convention: str
    scope: Scope
    holder: HolderKey
    token: str = field(default="", compare=False, repr=False)


def _is_transport(value: object) -> bool:
    return value in TRANSPORTS


def read_policy(body: Body, name: str = "pol") -> Policy:
    """The policy member of a grant or a link, or raise ``RefusalError``."""
    policy = members.inner(body, name)
    members.exact(policy, _POLICY_NAMES)
    return Policy(
        transports=members.sorted_strings(policy, "trn", _is_transport),
        greatest_age=members.count(policy, "age"),
        when_old=members.choice(policy, "old", (REFUSE, FLAG)),
        when_time_unknown=members.choice(policy, "unk", (REFUSE, ADMIT_MARKED)),
    )


def signer_of(token: str) -> str:
    """The name of the key that a grant of ours says it was signed with; nothing is verified. Raises ``RefusalError``."""
    return PLACE.take_apart(token).kid()


def grants_signed_by(kid: str) -> str:
    """How every grant begins that a key of that name signed."""
    return PLACE.beginning(kid)


@making
def make_grant(
    *,
    authority: str,
    grant: str,
    purpose: str,
    convention: str,
    scope: Scope,
    holder: HolderKey,
    kid: str,
    signer: Ed25519PrivateKey,
) -> str:
    """Mint a grant with the capability key named ``kid``; the result is a chain with no link yet."""
    payload = {
        "act": list(scope.actions),
        "cnf": confirmation(holder),
        "con": convention,
        "dep": scope.depth,
        "exp": scope.end,
        "iss": authority,
        "jti": grant,
        "nbf": scope.start,
        "pol": scope.policy.body(),
        "pur": purpose,
        "res": list(scope.resources),
    }
    token = PLACE.make(payload, signer, kid)
    read_grant(PLACE.take_apart(token), token)
    return token


def read_grant(parts: Token, token: str) -> Grant:
    """The payload of a grant whose signature is another's business, or raise ``RefusalError``."""
    body = parts.body(_NAMES)
    start, end = members.time(body, "nbf"), members.time(body, "exp")
    if start >= end:
        raise members.wrong("exp")
    return Grant(
        authority=members.slug(body, "iss"),
        id=members.slug(body, "jti"),
        purpose=members.slug(body, "pur"),
        convention=members.slug(body, "con"),
        scope=Scope(
            resources=members.slugs(body, "res"),
            actions=members.slugs(body, "act"),
            start=start,
            end=end,
            depth=members.integer(body, "dep", 0, MAX_LINKS),
            policy=read_policy(body),
        ),
        holder=load_holder_key(confirmed(body)),
        token=token,
    )


def open_grant(token: str, keyset: KeySet, at: Reading) -> Grant:
    """The grant, when a capability key of the set signed it; raise ``RefusalError`` otherwise."""
    parts = PLACE.take_apart(token)
    key = keyset.verifier(parts.kid(), Use.CAPABILITY, at, Reason.GRANT_KEY)
    parts.check_ed25519(key, Reason.GRANT_SIGNATURE)
    grant = read_grant(parts, token)
    if grant.authority != keyset.authority:
        raise RefusalError(Reason.AUTHORITY_OTHER, grant.authority)
    return grant
