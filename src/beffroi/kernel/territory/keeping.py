"""What territory keeps: memberships for a time, and people's names as long as something needs them."""

from uuid import UUID

from django.db.models import Exists, F, Max, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.accounts.actions import forget_people
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.models import Invitation, Membership, Outline, OutlineFile
from beffroi.persistence.keeping import (
    GDPR,
    REFERENCES,
    Bounds,
    Kept,
    Unit,
    register_kept,
    register_lasting,
)

PEOPLE = "territory.people"


def _still_named() -> Q:
    """People whom something that must be kept names."""
    named = Q(pk__in=[])
    for code in sorted(REFERENCES):
        named |= Q(pk__in=REFERENCES[code]())
    return named


def people(_authority: UUID | None) -> QuerySet[Model]:
    """People who have left: since the end of their last membership, or since their account was made when they never had one."""
    theirs = Membership.objects.filter(person=OuterRef("pk"))
    last = theirs.order_by().values("person").annotate(last=Max("valid_until")).values("last")
    rows: QuerySet[Model] = Person.objects.filter(
        ~Exists(theirs.filter(valid_until=None)), ~_still_named(), forgotten_at=None
    ).annotate(kept_from=Coalesce(Subquery(last), F("created_at")))
    return rows


def memberships(_authority: UUID | None) -> QuerySet[Model]:
    """Memberships that have an end, of people whom nothing names any more: they say which firm's traces those are."""
    left = Person.objects.filter(~_still_named())
    rows = Membership.objects.filter(valid_until__isnull=False, person__in=left)
    return rows.annotate(kept_from=F("valid_until"))


def invitations(_authority: UUID | None) -> QuerySet[Model]:
    """Invitations that were taken, withdrawn, or whose time passed."""
    over = Coalesce("accepted_at", "withdrawn_at", "expires_at")
    return Invitation.objects.annotate(kept_from=over)


def outlines(authority: UUID | None) -> QuerySet[Model]:
    """Outlines that others took the place of, or that were taken away."""
    return Outline.objects.filter(authority=authority, ended_at__isnull=False).annotate(kept_from=F("ended_at"))


def outline_files(authority: UUID | None) -> QuerySet[Model]:
    """Files of outlines that nobody said yes to."""
    return OutlineFile.objects.filter(authority=authority).annotate(kept_from=F("sent_at"))


def _register_outlines() -> None:
    register_kept(
        Kept(
            code="territory.outlines",
            title=_("Outlines of territories that were replaced or taken away"),
            since=_("the day they were"),
            bounds=Bounds(usual=30, least=1, most=365, unit=Unit.DAYS),
            source=GDPR,
            models=("territory.Outline",),
            things=outlines,
        )
    )
    register_kept(
        Kept(
            code="territory.outline_files",
            title=_("Files of outlines that wait for whoever sent them"),
            since=_("the sending of the file"),
            bounds=Bounds(usual=1, least=1, most=7, unit=Unit.DAYS),
            source=GDPR,
            models=("territory.OutlineFile",),
            things=outline_files,
        )
    )


def register() -> None:
    """Called once, when the application is ready."""
    register_kept(
        Kept(
            code=PEOPLE,
            title=_("Names, addresses and ways in of people who left"),
            since=_("the end of their last membership"),
            bounds=Bounds(usual=12, least=1, most=36, unit=Unit.MONTHS),
            source=GDPR,
            models=("accounts.Person", "account.EmailAddress", "mfa.Authenticator"),
            things=people,
            erase=forget_people,
            installation=True,
        )
    )
    register_kept(
        Kept(
            code="territory.memberships",
            title=_("Memberships of people who left"),
            since=_("their end"),
            bounds=Bounds(usual=12, least=1, most=60, unit=Unit.MONTHS),
            source=GDPR,
            models=("territory.Membership",),
            things=memberships,
            installation=True,
        )
    )
    register_kept(
        Kept(
            code="territory.invitations",
            title=_("Invitations that were taken, withdrawn, or whose time passed"),
            since=_("the day they were taken or withdrawn, or their last day"),
            bounds=Bounds(usual=30, least=1, most=365, unit=Unit.DAYS),
            source=GDPR,
            models=("territory.Invitation",),
            things=invitations,
            installation=True,
        )
    )
    _register_outlines()
    register_lasting(
        (
            "territory.Authority",
            "territory.LegalNotice",
            "territory.Logo",
            "territory.Organisation",
            "territory.Territory",
        ),
        _("Public bodies, firms and places: nobody’s data, kept for the installation’s life."),
    )
    register_lasting(
        ("account.EmailConfirmation",), _("Stays empty: addresses are confirmed by whoever makes the account.")
    )
