"""Capability chains: a grant and up to five hand-overs, each signed by the holder before it and never wider than its parent.

The wire form is the tokens joined by ``~``. Verification goes from the grant outwards; the first failure is the reason.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.errors import MisuseError, Reason, RefusalError, making, refusing
from beffroi.protocol.v1.grant import (
    CHAIN_LIMIT,
    MAX_LINKS,
    PLACE,
    Grant,
    Policy,
    Scope,
    open_grant,
    read_grant,
    read_policy,
)
from beffroi.protocol.v1.jwk import HolderKey, confirmation, confirmed, holder_key, load_holder_key
from beffroi.protocol.v1.jws import ES256, Place
from beffroi.protocol.v1.keyset import KeySet, Reading
from beffroi.protocol.v1.strictjson import Body

SEPARATOR = "~"
LINK_PLACE = Place("beffroi-link+jwt", alg=ES256, third=None, limit=CHAIN_LIMIT)

_NAMES = frozenset({"par", "cnf", "dep"})
_OPTIONAL = frozenset({"res", "act", "nbf", "exp", "pol"})


def hash_of(text: str) -> str:
    """SHA-256 of an ASCII text, base64url."""
    return members.encode_bytes(sha256(text.encode()).digest())


@dataclass(frozen=True, slots=True)
class Link:
    """One hand-over: who gets the right, and the scope that is left (what the link leaves out is its parent's)."""

    holder: HolderKey
    scope: Scope


@dataclass(frozen=True, slots=True)
class Chain:
    """A grant and its links, each inside the one before. ``text`` is the wire form."""

    grant: Grant
    links: tuple[Link, ...]
    text: str = field(repr=False)

    @property
    def scope(self) -> Scope:
        """What the last holder may do."""
        return self.links[-1].scope if self.links else self.grant.scope

    @property
    def holder(self) -> HolderKey:
        """The last holder, who alone can use or extend the chain."""
        return self.links[-1].holder if self.links else self.grant.holder

    @property
    def holders(self) -> tuple[str, ...]:
        """Thumbprints from the grant's holder to the last."""
        return (self.grant.holder.thumbprint, *(link.holder.thumbprint for link in self.links))

    @property
    def hash(self) -> str:
        """SHA-256 of the wire form, base64url."""
        return hash_of(self.text)


def split_chain(text: str) -> list[str]:
    """The tokens of a chain, or raise ``RefusalError`` when it is too long."""
    if len(text) > CHAIN_LIMIT:
        raise RefusalError(Reason.CHAIN_SIZE)
    tokens = text.split(SEPARATOR)
    if len(tokens) > MAX_LINKS + 1:
        raise RefusalError(Reason.CHAIN_LENGTH)
    return tokens


def _check_narrower(scope: Scope, parent: Scope, where: str) -> None:
    if scope.depth >= parent.depth:
        raise RefusalError(Reason.CHAIN_DEPTH, where)
    if scope.resources is not parent.resources and not set(scope.resources) <= set(parent.resources):
        raise RefusalError(Reason.CHAIN_RESOURCES, where)
    if scope.actions is not parent.actions and not set(scope.actions) <= set(parent.actions):
        raise RefusalError(Reason.CHAIN_ACTIONS, where)
    if scope.start < parent.start or scope.end > parent.end or scope.start >= scope.end:
        raise RefusalError(Reason.CHAIN_WINDOW, where)
    if scope.policy is not parent.policy and not scope.policy.within(parent.policy):
        raise RefusalError(Reason.CHAIN_POLICY, where)


def _narrow(body: Body, parent: Scope) -> Scope:
    return Scope(
        resources=members.slugs(body, "res") if "res" in body else parent.resources,
        actions=members.slugs(body, "act") if "act" in body else parent.actions,
        start=members.time(body, "nbf") if "nbf" in body else parent.start,
        end=members.time(body, "exp") if "exp" in body else parent.end,
        depth=members.integer(body, "dep", 0, MAX_LINKS - 1),
        policy=read_policy(body) if "pol" in body else parent.policy,
    )


def _follow(token: str, parent: str, holder: HolderKey, scope: Scope, where: str) -> Link:
    parts = LINK_PLACE.take_apart(token)
    parts.check_es256(holder, Reason.LINK_SIGNATURE)
    body = parts.body(_NAMES, _OPTIONAL)
    narrowed = _narrow(body, scope)
    heir = load_holder_key(confirmed(body))
    if members.digest(body, "par") != hash_of(parent):
        raise RefusalError(Reason.CHAIN_PARENT, where)
    _check_narrower(narrowed, scope, where)
    return Link(heir, narrowed)


def _follow_all(grant: Grant, tokens: list[str], text: str) -> Chain:
    links: list[Link] = []
    holder, scope = grant.holder, grant.scope
    for index in range(1, len(tokens)):
        link = _follow(tokens[index], tokens[index - 1], holder, scope, f"link {index}")
        links.append(link)
        holder, scope = link.holder, link.scope
    return Chain(grant, tuple(links), text)


@refusing
def verify_chain(text: str, *, keyset: KeySet, at: Reading) -> Chain:
    """The chain, when the set's capability key signed its grant and every link stays inside its parent."""
    tokens = split_chain(text)
    return _follow_all(open_grant(tokens[0], keyset, at), tokens, text)


@refusing
def read_chain(text: str) -> Chain:
    """The chain with every link verified, and the grant's own signature *not*: for a holder that shows what it carries."""
    tokens = split_chain(text)
    return _follow_all(read_grant(PLACE.take_apart(tokens[0]), tokens[0]), tokens, text)


@making
def extend_chain(
    text: str,
    *,
    holder: EllipticCurvePrivateKey,
    heir: HolderKey,
    depth: int = 0,
    resources: tuple[str, ...] | None = None,
    actions: tuple[str, ...] | None = None,
    start: int | None = None,
    end: int | None = None,
    policy: Policy | None = None,
) -> str:
    """Hand a chain over to ``heir``. What is left out stays as it was; what would be wider raises ``MisuseError``."""
    tokens = split_chain(text)
    chain = _follow_all(read_grant(PLACE.take_apart(tokens[0]), tokens[0]), tokens, text)
    if holder_key(holder) != chain.holder:
        raise MisuseError("only the last holder extends a chain")
    payload: Body = {"cnf": confirmation(heir), "dep": depth, "par": hash_of(tokens[-1])}
    narrowed: Body = {
        "res": None if resources is None else list(resources),
        "act": None if actions is None else list(actions),
        "nbf": start,
        "exp": end,
        "pol": None if policy is None else policy.body(),
    }
    payload.update({name: value for name, value in narrowed.items() if value is not None})
    token = LINK_PLACE.make(payload, holder)
    _follow(token, tokens[-1], chain.holder, chain.scope, f"link {len(tokens)}")
    extended = text + SEPARATOR + token
    split_chain(extended)
    return extended
