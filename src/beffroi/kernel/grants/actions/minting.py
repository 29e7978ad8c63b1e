"""What the minter signs, each in its own transaction: capabilities, and the list of what gates must refuse."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from beffroi.adapters.keystore import KeyStore
from beffroi.kernel.grants.actions.keys import TRUST
from beffroi.kernel.grants.actions.orders import close_grant
from beffroi.kernel.grants.models import Grant, GrantState, HolderKey, RevocationList
from beffroi.kernel.grants.queries import read_keyset, signing_key
from beffroi.kernel.grants.rules import (
    EARLY,
    KEY_LISTED_FOR,
    LIST_EVERY,
    LIST_PROMISED,
    LISTED_BEYOND,
    Ended,
    Listing,
    list_every,
    listing,
)
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.wake import wake
from beffroi.protocol.v1.errors import MisuseError
from beffroi.protocol.v1.grant import NETWORK, REFUSE, Policy, Scope, grants_signed_by, make_grant, signer_of
from beffroi.protocol.v1.jwk import load_holder_key
from beffroi.protocol.v1.keyset import KeySet, Use
from beffroi.protocol.v1.revocation import MAX_REVOKED, make_revocation_list

log = logging.getLogger(__name__)


@kernel_action
def mint_next(*, store: KeyStore, authority: UUID, now: datetime) -> UUID | None:
    """Sign one right that waits and whose holder has a phone; returns it, None when none waits, or when the list in force has no
    room for all that it should refuse: then nothing new is given before gates know. Several minters never meet.

    One whose key the set in force names no more, stolen or over, waits again: gates refuse what it signed, and the holder must not have
    to ask. One that no capability can hold is closed: else it would come first again, and nothing would be signed any more.
    """
    keyset = read_keyset(authority)
    if keyset is None or _held_back(authority):
        return None
    row = (
        Grant.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(
            Q(state=GrantState.ASKED) | Q(state=GrantState.MINTED) & ~_signed_under(keyset, now),
            authority_id=authority,
            key__isnull=False,
            key__revoked_at__isnull=True,
            ends__gt=now,
        )
        .select_related("convention", "key")
        .order_by("asked_at", "id")
        .first()
    )
    if row is None or row.key is None:
        return None
    signer = signing_key(store, authority=authority, use=Use.CAPABILITY, now=now)
    try:
        row.token = make_grant(
            authority=str(authority),
            grant=str(row.id),
            purpose=row.purpose,
            convention=str(row.convention_id),
            scope=_scope(row),
            holder=load_holder_key(row.key.jwk),
            kid=signer.kid,
            signer=signer.private,
        )
    except MisuseError as fault:
        log.error("right %s can't be signed and is closed: %s", row.id, fault)  # noqa: TRY400 - the message says it all
        close_grant(grant=row, reason="not-signable", by=None, now=now)
        return row.id
    row.state = GrantState.MINTED
    row.save(update_fields=["token", "state"])
    record(
        kind="grant.minted",
        authority=authority,
        by=None,
        fields={"keyset": keyset.number},
        grant=row.id,
        holder=row.key.thumbprint,
        now=now,
    )
    return row.id


def _signed_under(keyset: KeySet, now: datetime) -> Q:
    """Signed with a capability key that this set names and that lives."""
    signed = Q(pk__in=())
    for key in keyset.alive(Use.CAPABILITY, int(now.timestamp())):
        signed |= Q(token__startswith=grants_signed_by(key.kid))
    return signed


def _scope(row: Grant) -> Scope:
    """Straight to the technician's phone: no hand-over may follow. Over a network nobody is where a lock would leave them outside: a
    gate that doesn't know the time, or whether the right was withdrawn, shows nothing, whatever the convention says of it.
    """
    convention = row.convention
    afar = NETWORK in convention.transports
    return Scope(
        resources=tuple(sorted(str(item.resource) for item in row.resources.all())),
        actions=(row.action,),
        start=int((row.starts - EARLY).timestamp()),
        end=int(row.ends.timestamp()),
        depth=0,
        policy=Policy(
            transports=tuple(sorted(convention.transports)),
            greatest_age=int(convention.list_age.total_seconds()),
            when_old=REFUSE if afar else convention.list_old,
            when_time_unknown=REFUSE if afar else convention.time_unknown,
        ),
    )


@kernel_action
def publish_revocations(*, store: KeyStore, authority: UUID, now: datetime, most: int = MAX_REVOKED) -> int | None:
    """Sign a new list when what it must say changed, the key set changed, or 6 hours passed, less while a right lives whose
    convention wants a young one; returns its number, else None. It names `most` rights and as many keys.
    """
    keyset = read_keyset(authority)
    if keyset is None:
        return None
    wanted = _revoked(authority, keyset, now, most)
    held = (
        RevocationList.objects.select_for_update()
        .filter(authority_id=authority)
        .order_by("-key_set", "-number")
        .first()
    )
    if (
        held
        and held.key_set == keyset.number
        and now - held.issued_at < list_every(_ages_wanted(authority, now))
        and Listing(frozenset(held.grants), frozenset(held.keys), held.omitted) == wanted
    ):
        return None
    signer = signing_key(store, authority=authority, use=Use.REVOCATION, now=now)
    number = held.number + 1 if held and held.key_set == keyset.number else 1
    issued = max(now, held.issued_at) if held else now
    token = make_revocation_list(
        authority=str(authority),
        keyset=keyset.number,
        number=number,
        issued=int(issued.timestamp()),
        next_by=int((issued + LIST_PROMISED).timestamp()),
        grants=frozenset(str(grant) for grant in wanted.grants),
        keys=wanted.keys,
        kid=signer.kid,
        signer=signer.private,
    )
    RevocationList.objects.create(
        authority_id=authority,
        key_set=keyset.number,
        number=number,
        issued_at=issued,
        grants=sorted(wanted.grants),
        keys=sorted(wanted.keys),
        omitted=wanted.omitted,
        token=token,
    )
    record(
        kind="revocations.published",
        authority=authority,
        by=None,
        fields={"keyset": keyset.number, "number": number, "grants": len(wanted.grants), "keys": len(wanted.keys)},
        now=now,
    )
    wake(TRUST)
    if wanted.omitted and wanted.omitted != (held.omitted if held else 0):
        _say_overflow(authority, keyset.number, number, wanted.omitted, now)
    return number


def _say_overflow(authority: UUID, keyset: int, number: int, omitted: int, now: datetime) -> None:
    fields = {"keyset": keyset, "number": number, "omitted": omitted}
    record(kind="revocations.overflowed", authority=authority, by=None, fields=fields, now=now)
    log.error(
        "authority %s: %d revocations have no room on the list, no right is signed. Sign a key set without the capability key "
        "(`beffroi keys sign --drop`), or wait until rights end by themselves",
        authority,
        omitted,
    )


def _held_back(authority: UUID) -> bool:
    """Whether the list in force has no room for all that it should refuse."""
    rows = RevocationList.objects.filter(authority_id=authority).order_by("-key_set", "-number")
    return bool(rows.values_list("omitted", flat=True).first())


def _ages_wanted(authority: UUID, now: datetime) -> list[timedelta]:
    """How old a list may be for the rights that may be used now: each convention's word, once."""
    usable = Grant.objects.filter(
        authority_id=authority,
        state__in=(GrantState.ASKED, GrantState.MINTED),
        starts__lte=now + EARLY,
        ends__gt=now,
        convention__list_age__lt=3 * LIST_EVERY,
    )
    return list(usable.order_by().values_list("convention__list_age", flat=True).distinct())


def _revoked(authority: UUID, keyset: KeySet, now: datetime, most: int) -> Listing:
    """Rights closed before their end, until a little after it, when slow clocks have passed it as well; keys revoked in the last 30 days,
    a browser's until it would have expired: no right outlasts it. One that was never signed, or waits to be signed again because its
    key was revoked, is nowhere to be refused.
    """
    beyond = now - LISTED_BEYOND
    grants = Grant.objects.filter(authority_id=authority, ends__gt=beyond, key__isnull=False).exclude(token="")
    closed = grants.filter(state=GrantState.CLOSED).order_by("-closed_at", "id")
    ended = [Ended(*row[:2]) for row in closed.values_list("id", "key__thumbprint")]
    if len(ended) > most:
        alive = {key.kid for key in keyset.keys if key.use is Use.CAPABILITY}
        tokens = closed.values_list("id", "key__thumbprint", "token")
        ended = [Ended(grant, key) for grant, key, token in tokens if signer_of(token) in alive]
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=beyond)
    revoked = HolderKey.objects.filter(lasting, revoked_at__gt=now - KEY_LISTED_FOR).order_by("-revoked_at", "id")
    living = grants.filter(state=GrantState.MINTED, ends__gt=now).values_list("key__thumbprint", flat=True)
    return listing(ended, list(revoked.values_list("thumbprint", flat=True)), frozenset(living), most)
