"""Phones: one live key a person, enrolled by a code that the firm hands over or by a passkey, with proof of possession."""

import hashlib
import hmac
from datetime import datetime
from uuid import UUID

from django.conf import settings

from beffroi.kernel.grants.actions.orders import MINTER
from beffroi.kernel.grants.models import EnrolmentCode, Grant, GrantState, HolderKey
from beffroi.kernel.grants.queries import live_key
from beffroi.kernel.grants.queries.admission import lock_keys
from beffroi.kernel.grants.rules import CODE_LIFE, CODE_TRIES, Carrier, EnrolmentRefusal, new_code, read_code
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.wake import wake
from beffroi.protocol.v1.jwk import HolderKey as PublicKey


@kernel_action
def give_code(*, person: UUID, organisation: UUID, by: UUID | None, now: datetime) -> str:
    """Make a code for a technician's phone; it is returned once, and only a keyed hash is kept. The one before is void."""
    lock_keys(person)
    EnrolmentCode.objects.filter(person_id=person, closed_at__isnull=True).update(closed_at=now)
    code = new_code()
    EnrolmentCode.objects.create(
        person_id=person, organisation_id=organisation, digest=_digest(person, code), expires_at=now + CODE_LIFE
    )
    record(
        kind="phone.code-given",
        authority=None,
        by=by,
        fields={"person": person, "organisation": organisation},
        now=now,
    )
    return code


@kernel_action
def enrol_phone(
    *, person: UUID, key: PublicKey, code: str | None, passkey: bool, now: datetime
) -> HolderKey | EnrolmentRefusal:
    """Make a phone a person's; the caller has checked the proof of possession, and whether a passkey was just used.

    The phone before is revoked; rights that wait or run are signed again for the new one. A refusal is kept with its reason.
    """
    lock_keys(person)
    refusal = _usable(person, code, passkey, now)
    if refusal is None and HolderKey.objects.filter(thumbprint=key.thumbprint).exists():
        refusal = EnrolmentRefusal.KEY_KNOWN
    if refusal is not None:
        record(
            kind="phone.refused", authority=None, by=person, fields={"person": person, "reason": refusal.value}, now=now
        )
        return refusal
    EnrolmentCode.objects.filter(person_id=person, closed_at__isnull=True).update(closed_at=now)
    _revoke_live(person, "replaced", by=person, now=now)
    row = HolderKey.objects.create(
        person_id=person,
        jwk=key.jwk,
        thumbprint=key.thumbprint,
        enrolled_at=now,
        enrolled_by="passkey" if code is None else "code",
    )
    _sign_again(person, row, now)
    record(
        kind="phone.enrolled",
        authority=None,
        by=person,
        fields={"person": person, "means": row.enrolled_by},
        holder=row.thumbprint,
        now=now,
    )
    wake(MINTER)
    return row


@kernel_action
def revoke_phone(*, person: UUID, by: UUID | None, now: datetime) -> bool:
    """A lost phone: its key goes on the revocation list and its rights wait for the next phone. False when there was none."""
    lock_keys(person)
    if not _revoke_live(person, "lost", by=by, now=now):
        return False
    _sign_again(person, None, now)
    wake(MINTER)
    return True


def _sign_again(person: UUID, key: HolderKey | None, now: datetime) -> None:
    """Rights that were for the phone are for the next one: those signed or to be signed are signed again, those that wait for their
    owner wait on. Rights for a browser stay as they are.
    """
    rights = Grant.objects.filter(holder_id=person, ends__gt=now).exclude(key__carrier=Carrier.BROWSER.value)
    rights.filter(state=GrantState.WAITING).update(key=key)
    rights.filter(state__in=(GrantState.ASKED, GrantState.MINTED)).update(key=key, state=GrantState.ASKED, token="")


def _revoke_live(person: UUID, reason: str, *, by: UUID | None, now: datetime) -> bool:
    row = live_key(person)
    if row is None:
        return False
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    record(
        kind="phone.revoked",
        authority=None,
        by=by,
        fields={"person": person, "reason": reason},
        holder=row.thumbprint,
        now=now,
    )
    return True


def _usable(person: UUID, code: str | None, passkey: bool, now: datetime) -> EnrolmentRefusal | None:
    """Whether what the person brings lets a phone become theirs; a wrong code counts as a try."""
    if code is None:
        return None if passkey else EnrolmentRefusal.NEEDS_CODE
    row = EnrolmentCode.objects.filter(person_id=person, closed_at__isnull=True).first()
    if row is None or row.expires_at <= now:
        return EnrolmentRefusal.NO_CODE
    if hmac.compare_digest(row.digest, _digest(person, read_code(code))):
        return None
    row.tries += 1
    row.closed_at = now if row.tries >= CODE_TRIES else None
    row.save(update_fields=["tries", "closed_at"])
    return EnrolmentRefusal.WRONG_CODE if row.closed_at is None else EnrolmentRefusal.TOO_MANY_TRIES


def _digest(person: UUID, code: str) -> str:
    """Keyed, so that a copy of the table gives nothing to try codes against."""
    key = hashlib.sha256(b"beffroi enrolment code\0" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, person.bytes + code.encode(), hashlib.sha256).hexdigest()
