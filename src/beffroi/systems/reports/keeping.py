"""What reports keep, and what is done with it: themselves until the archives' visa, who follows them for a year after the end."""

from uuid import UUID

from django.db.models import Exists, F, Max, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from beffroi.lib.clock import utc_now
from beffroi.persistence.keeping import (
    GDPR,
    JOURNALS,
    TRACES,
    Bounds,
    Fate,
    Kept,
    Unit,
    register_kept,
    register_lasting,
    register_strays,
)
from beffroi.persistence.portability import register_about, register_attachments, register_naming, register_withheld
from beffroi.persistence.systems import System, register_system
from beffroi.systems.reports.actions.destruction import destroy_reports
from beffroi.systems.reports.actions.photos import erase_originals
from beffroi.systems.reports.models import (
    Batch,
    Errand,
    Follower,
    Letter,
    OriginalRight,
    Photo,
    Report,
    Round,
    Shortlisted,
    Subscription,
    Summary,
    TeamMember,
)
from beffroi.systems.reports.queries.files import GRACE, shown_files, stray_files
from beffroi.systems.reports.rules import SYSTEM

REPORTS = System(
    code=SYSTEM,
    label=_("Fault reports"),
    does=_(
        "An elected official or an inhabitant reports a fault of public space with photos; it goes straight to whoever mends it, who "
        "has 48 hours unless something else was promised. Its clock can’t be set back, and what was promised and kept is public, by "
        "kind of fault."
    ),
    icon="report",
    order=20,
)


def followers(authority: UUID | None) -> QuerySet[Model]:
    """Who followed reports that are over."""
    over = Follower.objects.filter(authority=authority, report__closed_at__isnull=False)
    return over.annotate(kept_from=F("report__closed_at"))


def unconfirmed(authority: UUID | None) -> QuerySet[Model]:
    """Addresses that nobody confirmed."""
    never = Follower.objects.filter(authority=authority, person__isnull=True, confirmed_at__isnull=True)
    return never.annotate(kept_from=F("since"))


def subscriptions(authority: UUID | None) -> QuerySet[Model]:
    """Those that were ended, and those to addresses that nobody confirmed."""
    over = Subscription.objects.filter(authority=authority).filter(
        Q(stopped_at__isnull=False) | Q(person__isnull=True, confirmed_at__isnull=True)
    )
    return over.annotate(kept_from=Coalesce("stopped_at", "since"))


def errands(authority: UUID | None) -> QuerySet[Model]:
    """Whose shared addresses were written of reports that are over."""
    over = Errand.objects.filter(authority=authority, report__closed_at__isnull=False)
    return over.annotate(kept_from=F("report__closed_at"))


def former_members(authority: UUID | None) -> QuerySet[Model]:
    """Places in teams of people who no longer serve in the team's organisation, or whose role there has an end."""
    there = TeamMember.objects.filter(pk=OuterRef("pk"), person__memberships__organisation=F("team__organisation"))
    endless = there.filter(
        person__memberships__organisation=F("team__organisation"), person__memberships__valid_until__isnull=True
    )
    last = there.order_by().values("pk").annotate(last=Max("person__memberships__valid_until")).values("last")
    return TeamMember.objects.filter(~Exists(endless), authority=authority).annotate(kept_from=Subquery(last))


def letters(authority: UUID | None) -> QuerySet[Model]:
    """What was sent to followers and to teams, or could not be."""
    return Letter.objects.filter(authority=authority, due_at__isnull=True).annotate(kept_from=F("since"))


def summaries(authority: UUID | None) -> QuerySet[Model]:
    """Weekly letters that were sent, or could not be."""
    return Summary.objects.filter(authority=authority, due_at__isnull=True).annotate(kept_from=F("since"))


def shortlists(authority: UUID | None) -> QuerySet[Model]:
    """What people put aside."""
    return Shortlisted.objects.filter(authority=authority).annotate(kept_from=F("since"))


def rounds(authority: UUID | None) -> QuerySet[Model]:
    """Rounds, with their stops."""
    return Round.objects.filter(authority=authority).annotate(kept_from=F("made_at"))


def reports(authority: UUID | None) -> QuerySet[Model]:
    """Reports that are over."""
    return Report.objects.filter(authority=authority, closed_at__isnull=False).annotate(kept_from=F("closed_at"))


def line_of(row: Model) -> str:
    """A line of the archives' slip."""
    if not isinstance(row, Report):
        raise TypeError("a report's line")
    return f"{row.reference} {row.category.label} {row.since:%Y-%m-%d}"


def originals(authority: UUID | None) -> QuerySet[Model]:
    """Photos as they came, that are there still."""
    rows = Photo.objects.filter(authority=authority, original_until__isnull=False)
    return rows.annotate(kept_from=F("added_at"))


def rights(authority: UUID | None) -> QuerySet[Model]:
    """Rights to open a photo as it came, by the end of their minutes."""
    return OriginalRight.objects.filter(authority=authority).annotate(kept_from=F("ends"))


def strays() -> list[str]:
    """Files of photos that no row knows, and that the worker should have taken by now."""
    return list(stray_files(utc_now() - 2 * GRACE))


def batches(authority: UUID | None) -> QuerySet[Model]:
    """What was done with several reports at once, and can be undone."""
    return Batch.objects.filter(authority=authority).annotate(kept_from=F("made_at"))


RULES = (
    Kept(
        code="reports.batches",
        title=_("What was done with several reports at once, and can still be undone"),
        since=_("the choice of the reports"),
        bounds=Bounds(usual=1, least=1, most=7, unit=Unit.DAYS),
        source=GDPR,
        models=("reports.Batch",),
        things=batches,
    ),
    Kept(
        code="reports.followers",
        title=_("Who followed a report, and their e-mail address"),
        since=_("the end of the report"),
        bounds=Bounds(usual=12, least=1, most=24, unit=Unit.MONTHS),
        source=GDPR,
        models=("reports.Follower",),
        things=followers,
    ),
    Kept(
        code="reports.unconfirmed",
        title=_("E-mail addresses that asked to follow a report, and that nobody confirmed"),
        since=_("the question"),
        bounds=Bounds(usual=30, least=2, most=90, unit=Unit.DAYS),
        source=GDPR,
        models=("reports.Follower",),
        things=unconfirmed,
    ),
    Kept(
        code="reports.subscriptions",
        title=_("Who wanted to be told of reports of a kind or a place, and their e-mail address"),
        since=_("its end, or the question that nobody answered"),
        bounds=Bounds(usual=30, least=2, most=90, unit=Unit.DAYS),
        source=GDPR,
        models=("reports.Subscription",),
        things=subscriptions,
    ),
    Kept(
        code="reports.errands",
        title=_("Which team’s address was written of which report"),
        since=_("the end of the report"),
        bounds=Bounds(usual=12, least=1, most=24, unit=Unit.MONTHS),
        source=GDPR,
        models=("reports.Errand",),
        things=errands,
    ),
    Kept(
        code="reports.members",
        title=_("Who was of which team that mends"),
        since=_("the end of their role in its organisation"),
        bounds=Bounds(usual=30, least=1, most=365, unit=Unit.DAYS),
        source=GDPR,
        models=("reports.TeamMember",),
        things=former_members,
    ),
    Kept(
        code="reports.letters",
        title=_("Which letters about reports were sent"),
        since=_("the moment they tell of"),
        bounds=Bounds(usual=3, least=1, most=12, unit=Unit.MONTHS),
        source=GDPR,
        models=("reports.Letter",),
        things=letters,
    ),
    Kept(
        code="reports.summaries",
        title=_("Which weekly letters about reports were sent, and to whom"),
        since=_("the moment they tell of"),
        bounds=Bounds(usual=3, least=1, most=12, unit=Unit.MONTHS),
        source=GDPR,
        models=("reports.Summary",),
        things=summaries,
    ),
    Kept(
        code="reports.shortlists",
        title=_("What somebody put on their own shortlist of reports"),
        since=_("the day they put it there"),
        bounds=Bounds(usual=3, least=1, most=12, unit=Unit.MONTHS),
        source=GDPR,
        models=("reports.Shortlisted",),
        things=shortlists,
    ),
    Kept(
        code="reports.rounds",
        title=_("Rounds: who was to go where, and when"),
        since=_("the day they were made"),
        bounds=Bounds(usual=6, least=1, most=12, unit=Unit.MONTHS),
        source=GDPR,
        models=("reports.Round", "reports.Stop"),
        things=rounds,
    ),
    Kept(
        code="reports.originals",
        title=_("Photos as they came, sealed"),
        since=_("the day they came"),
        bounds=Bounds(usual=90, least=7, most=365, unit=Unit.DAYS),
        source=GDPR,
        models=("reports.Photo",),
        things=originals,
        erase=erase_originals,
        at_once=100,
    ),
    Kept(
        code="reports.rights",
        title=_("Who might open which photo as it came, and why"),
        since=_("the end of the right"),
        bounds=TRACES,
        source=JOURNALS,
        models=("reports.OriginalRight",),
        things=rights,
    ),
    Kept(
        code="reports.reports",
        title=_("Fault reports: what, where, photos, what was done"),
        since=_("their end"),
        bounds=Bounds(usual=60, least=12, most=120, unit=Unit.MONTHS),
        source=GDPR,
        models=(
            "reports.Report",
            "reports.Line",
            "reports.Photo",
            "reports.OrderAsked",
            "reports.Push",
            "reports.Notice",
        ),
        things=reports,
        erase=destroy_reports,
        fate=Fate.VISA,
        label=line_of,
    ),
)


def register() -> None:
    """Called once, when the application is ready."""
    register_system(REPORTS)
    for rule in RULES:
        register_kept(rule)
    register_strays("reports.photos", strays)
    register_lasting(
        (
            "reports.Category",
            "reports.Promise",
            "reports.Question",
            "reports.Reminder",
            "reports.Team",
            "reports.Way",
            "reports.Wording",
        ),
        _("What the authority promises, and who receives what: settings of its own."),
    )
    register_lasting(
        ("reports.ProgramKey",), _("Which programs may report, and might: what the register says of keys.")
    )
    register_withheld("reports.ProgramKey", ["digest"], _("It opens something, or proves to be somebody."))
    register_lasting(
        ("reports.Server", "reports.ServerService"),
        _("To whose servers reports are handed, and were: settings of its own."),
    )
    register_withheld("reports.Server", ["sealed_key"], _("It opens something, or proves to be somebody."))
    register_lasting(
        ("reports.Asset", "reports.WorkingWeek", "reports.Opening"),
        _("What stands in the streets, and when the services work: settings of its own."),
    )
    register_naming("reports.Photo", "added_by")
    register_attachments("reports.photos", shown_files)
    register_naming("reports.Batch", "person")
    register_withheld(
        "reports.Batch", ["values", "left", "done", "refused"], _("It is its sender’s alone, for a day at most.")
    )
    register_naming("reports.OrderAsked", "asked_by")
    register_about("reports.Follower", ["email"], ["person"])
    register_about("reports.Subscription", ["email", "place", "latitude", "longitude", "radius"], ["person"])
    register_about("reports.Report", ["text", "answers"], ["author"])
