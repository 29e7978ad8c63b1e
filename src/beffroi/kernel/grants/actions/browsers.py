"""Browsers: a key in each, enrolled by whoever logged in with a second factor, with proof of possession; it expires by itself."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.grants.actions.orders import close_grants
from beffroi.kernel.grants.models import Grant, HolderKey
from beffroi.kernel.grants.queries import live_browsers
from beffroi.kernel.grants.queries.admission import lock_keys
from beffroi.kernel.grants.rules import BROWSER_KEY_LIFE, BROWSERS, Carrier, EnrolmentRefusal
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action
from beffroi.protocol.v1.jwk import HolderKey as PublicKey


@kernel_action
def enrol_browser(*, person: UUID, key: PublicKey, second_factor: bool, now: datetime) -> HolderKey | EnrolmentRefusal:
    """Make a browser a person's for 12 hours; the caller has checked the proof of possession, and whether this session logged in with
    a second factor. Beyond six, the oldest gives way. A refusal is kept with its reason.
    """
    lock_keys(person)
    refusal = None if second_factor else EnrolmentRefusal.NEEDS_SECOND_FACTOR
    if refusal is None and HolderKey.objects.filter(thumbprint=key.thumbprint).exists():
        refusal = EnrolmentRefusal.KEY_KNOWN
    if refusal is not None:
        fields: dict[str, UUID | str] = {"person": person, "reason": refusal.value}
        record(kind="browser.refused", authority=None, by=person, fields=fields, now=now)
        return refusal
    for row in live_browsers(person, now)[BROWSERS - 1 :]:
        _revoke(row, "replaced", by=person, now=now)
    row = HolderKey.objects.create(
        person_id=person,
        jwk=key.jwk,
        thumbprint=key.thumbprint,
        enrolled_at=now,
        enrolled_by="second-factor",
        carrier=Carrier.BROWSER.value,
        expires_at=now + BROWSER_KEY_LIFE,
    )
    record(
        kind="browser.enrolled",
        authority=None,
        by=person,
        fields={"person": person, "until": now + BROWSER_KEY_LIFE},
        holder=row.thumbprint,
        now=now,
    )
    return row


@kernel_action
def revoke_browser(*, person: UUID, thumbprint: str, by: UUID | None, now: datetime) -> bool:
    """A browser is its person's no more: lost, or left to somebody else. Its rights are closed. False when it was not live."""
    lock_keys(person)
    row = next((each for each in live_browsers(person, now) if each.thumbprint == thumbprint), None)
    if row is None:
        return False
    _revoke(row, "left", by=by, now=now)
    return True


def _revoke(row: HolderKey, reason: str, *, by: UUID | None, now: datetime) -> None:
    HolderKey.objects.filter(pk=row.pk).update(revoked_at=now)
    fields: dict[str, UUID | str] = {"person": row.person_id, "reason": reason}
    record(kind="browser.revoked", authority=None, by=by, fields=fields, holder=row.thumbprint, now=now)
    close_grants(grants=Grant.objects.filter(key=row), reason="key-revoked", by=by, now=now)
