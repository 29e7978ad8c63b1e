"""What grants keep: rights and phones as traces of access, lists and codes for a time, conventions until the archives agree."""

import functools
from datetime import date
from uuid import UUID

from django.db.models import Exists, F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.grants.actions.destruction import destroy_conventions, destroy_grants
from beffroi.kernel.grants.models import (
    Convention,
    ConventionDraft,
    Designation,
    EnrolmentCode,
    Grant,
    HolderKey,
    RevocationList,
)
from beffroi.persistence.keeping import (
    GDPR,
    JOURNALS,
    TRACES,
    Bounds,
    Fate,
    Kept,
    LegalSource,
    Unit,
    register_kept,
    register_lasting,
    register_reference,
)

CONVENTIONS = "grants.conventions"
LIMITATION = LegalSource("Code civil", "2224", date(2008, 6, 19))


def rights(authority: UUID | None) -> QuerySet[Model]:
    """Rights, by the end of their window. One that another replaced goes after it."""
    rows = Grant.objects.filter(authority=authority, replaced_by=None)
    return rows.annotate(kept_from=F("ends"))


def phones(_authority: UUID | None) -> QuerySet[Model]:
    """Keys of phones and browsers that were replaced or lost, that expired, or whose owner is forgotten, and that no right names."""
    rows = HolderKey.objects.annotate(kept_from=Coalesce(F("revoked_at"), F("expires_at"), F("person__forgotten_at")))
    return rows.filter(~Exists(Grant.objects.filter(key=OuterRef("pk"))))


def codes(_authority: UUID | None) -> QuerySet[Model]:
    """Enrolment codes (their hashes), used or not."""
    return EnrolmentCode.objects.annotate(kept_from=Coalesce(F("closed_at"), F("expires_at")))


def lists(authority: UUID | None) -> QuerySet[Model]:
    """Revocation lists that a later one of the same set or of a later set took the place of."""
    newest = RevocationList.objects.filter(authority=authority).order_by("-key_set", "-number").values("pk")[:1]
    rows = RevocationList.objects.filter(authority=authority).exclude(pk__in=Subquery(newest))
    return rows.annotate(kept_from=F("issued_at"))


def conventions(authority: UUID | None) -> QuerySet[Model]:
    """Conventions that are over and under which no right and no designation is kept any more."""
    over = Convention.objects.filter(authority=authority).select_related("partner")
    bare = over.filter(
        ~Exists(Grant.objects.filter(convention=OuterRef("pk"))),
        ~Exists(Designation.objects.filter(convention=OuterRef("pk"))),
    )
    return bare.annotate(kept_from=Coalesce(F("ended_at"), F("valid_until")))


def designations(authority: UUID | None) -> QuerySet[Model]:
    """Designations, since they were withdrawn, their approval ended or their convention did, whichever came first."""
    over = Least(Coalesce(F("convention__ended_at"), F("convention__valid_until")), F("approved_until"))
    return Designation.objects.filter(authority=authority).annotate(kept_from=Coalesce(F("withdrawn_at"), over))


def drafts(authority: UUID | None) -> QuerySet[Model]:
    """Conventions that were begun and never signed, since they were last touched or thrown away."""
    rows = ConventionDraft.objects.filter(authority=authority)
    return rows.annotate(kept_from=Coalesce(F("dropped_at"), F("changed_at")))


def convention_line(row: Model) -> str:
    """A convention on the archives' slip."""
    if not isinstance(row, Convention):
        raise TypeError("not a convention")
    days = (localtime(moment).strftime("%d/%m/%Y") for moment in (row.valid_from, row.ended_at or row.valid_until))
    return f"{row.title}, {row.partner.name}, {' – '.join(days)}"


def register() -> None:
    """Called once, when the application is ready."""
    for kept in (*_traces(), _conventions()):
        register_kept(kept)
    register_lasting(
        ("grants.Activation", "grants.Root", "grants.KeySet"),
        _("The authority’s own switches and public keys: what signatures are verified with."),
    )
    register_reference("grants.holders", lambda: Grant.objects.values_list("holder_id", flat=True))
    asked = Grant.objects.filter(asked_by__isnull=False)
    register_reference("grants.askers", lambda: asked.values_list("asked_by_id", flat=True))
    register_reference("grants.designated", lambda: Designation.objects.values_list("person_id", flat=True))
    for column in ("approved_by", "declined_by", "confirmed_by"):
        register_reference(f"grants.{column}", functools.partial(_answerers, column))
    for column in ("designated_by", "withdrawn_by"):
        register_reference(f"grants.{column}", functools.partial(_designators, column))


def _answerers(column: str) -> QuerySet[Grant, UUID]:
    return Grant.objects.filter(**{f"{column}__isnull": False}).values_list(f"{column}_id", flat=True)


def _designators(column: str) -> QuerySet[Designation, UUID]:
    return Designation.objects.filter(**{f"{column}__isnull": False}).values_list(f"{column}_id", flat=True)


def _traces() -> tuple[Kept, ...]:
    return (
        Kept(
            code="grants.rights",
            title=_("Access rights (work orders): who, for which firm, where, from when to when"),
            since=_("the end of the right"),
            bounds=TRACES,
            source=JOURNALS,
            models=("grants.Grant", "grants.GrantResource"),
            things=rights,
            erase=destroy_grants,
        ),
        Kept(
            code="grants.lists",
            title=_("Revocation lists that a later one took the place of"),
            since=_("their signature"),
            bounds=TRACES,
            source=JOURNALS,
            models=("grants.RevocationList",),
            things=lists,
        ),
        Kept(
            code="grants.designations",
            title=_("Who was designated to ask under a convention, and until when they were approved"),
            since=_("the end of the designation"),
            bounds=TRACES,
            source=JOURNALS,
            models=("grants.Designation",),
            things=designations,
        ),
        Kept(
            code="grants.drafts",
            title=_("Drafts of conventions that were never signed"),
            since=_("the last change"),
            bounds=Bounds(usual=12, least=1, most=36, unit=Unit.MONTHS),
            source=GDPR,
            models=("grants.ConventionDraft",),
            things=drafts,
        ),
        Kept(
            code="grants.phones",
            title=_("Keys of phones that were lost or replaced"),
            since=_("their revocation"),
            bounds=TRACES,
            source=JOURNALS,
            models=("grants.HolderKey",),
            things=phones,
            installation=True,
        ),
        Kept(
            code="grants.codes",
            title=_("Enrolment codes of phones, as hashes"),
            since=_("their use or their end"),
            bounds=Bounds(usual=30, least=1, most=365, unit=Unit.DAYS),
            source=GDPR,
            models=("grants.EnrolmentCode",),
            things=codes,
            installation=True,
        ),
    )


def _conventions() -> Kept:
    return Kept(
        code=CONVENTIONS,
        title=_("Conventions of access to shared equipment, with their purposes and the list of what they covered"),
        since=_("the end of the convention"),
        bounds=Bounds(usual=60, least=60, most=360, unit=Unit.MONTHS),
        source=LIMITATION,
        models=(
            "grants.Convention",
            "grants.ConventionParty",
            "grants.ConventionPurpose",
            "grants.ConventionResource",
        ),
        things=conventions,
        erase=destroy_conventions,
        fate=Fate.VISA,
        label=convention_line,
    )
