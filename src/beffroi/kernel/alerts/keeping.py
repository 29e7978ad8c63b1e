"""What alerts keep: alerts for three years, who was told and who took them as traces, phones and turns of duty while they serve."""

from uuid import UUID

from django.db.models import DateTimeField, F, Model, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.alerts.actions.destruction import (
    destroy_audiences,
    destroy_notices,
    forget_contacts,
    forget_takers,
)
from beffroi.kernel.alerts.actions.mobiles import forget_wanted
from beffroi.kernel.alerts.models import Alert, Delivery, Mobile, Notice, PushSubscription, RosterSlot, RosterSwap
from beffroi.persistence.keeping import (
    GDPR,
    JOURNALS,
    TRACES,
    Bounds,
    Kept,
    Unit,
    register_companion,
    register_kept,
    register_lasting,
    register_reference,
)


def notices(authority: UUID | None) -> QuerySet[Model]:
    """What was sent, once it is over."""
    return Notice.objects.filter(authority=authority, ended_at__isnull=False).annotate(kept_from=F("ended_at"))


def deliveries(authority: UUID | None) -> QuerySet[Model]:
    """Who was told of what is over, by which way, and what they did."""
    rows = Delivery.objects.filter(authority=authority, notice__ended_at__isnull=False)
    return rows.annotate(kept_from=F("made_at"))


def taken(authority: UUID | None) -> QuerySet[Model]:
    """Alerts that are over and say who took them."""
    rows = Alert.objects.filter(authority=authority, ended_at__isnull=False, taken_by__isnull=False)
    return rows.annotate(kept_from=F("ended_at"))


def turns(authority: UUID | None) -> QuerySet[Model]:
    """Hours of duty that are no more."""
    return RosterSlot.objects.filter(roster__authority=authority, last__isnull=False).annotate(
        kept_from=Cast("last", DateTimeField())
    )


def swaps(authority: UUID | None) -> QuerySet[Model]:
    """Exceptions to a roster, undone or not."""
    return RosterSwap.objects.filter(roster__authority=authority).annotate(kept_from=F("ends"))


def phones(_authority: UUID | None) -> QuerySet[Model]:
    """Addresses of browsers that no longer receive notifications."""
    return PushSubscription.objects.filter(gone_at__isnull=False).annotate(kept_from=F("gone_at"))


def unproven(_authority: UUID | None) -> QuerySet[Model]:
    """Numbers that somebody typed and never proved to be theirs."""
    return Mobile.objects.exclude(wanted="").annotate(kept_from=F("asked_at"))


def register() -> None:
    """Called once, when the application is ready."""
    for kept in (*_alerts(), *_duty(), *_contacts()):
        register_kept(kept)
    register_lasting(
        ("alerts.Roster", "alerts.Audience", "alerts.Policy", "alerts.PolicyStep", "alerts.OrganisationQuiet"),
        _("Settings of the authority and its partners; they go with their convention."),
    )
    register_lasting(("alerts.Webhook", "alerts.Heartbeat", "alerts.TextDay"), _("Programs and counts: nobody’s data."))
    register_lasting(
        ("alerts.AudienceMember", "alerts.Preference"),
        _("Somebody’s wishes and places in audiences: they go with the person."),
    )
    register_companion("territory.people", "alerts", forget_contacts)
    register_companion("grants.conventions", "alerts", destroy_audiences)
    told = Delivery.objects.filter(person__isnull=False)
    register_reference("alerts.told", lambda: told.values_list("person_id", flat=True))
    took = Alert.objects.filter(taken_by__isnull=False)
    register_reference("alerts.took", lambda: took.values_list("taken_by_id", flat=True))


def _alerts() -> tuple[Kept, ...]:
    return (
        Kept(
            code="alerts.notices",
            title=_("Alerts: what, where, since when, which organisation, and how many were told"),
            since=_("the end of the alert"),
            bounds=Bounds(usual=36, least=12, most=60, unit=Unit.MONTHS),
            source=GDPR,
            models=("alerts.Notice", "alerts.NoticeStep", "alerts.Alert"),
            things=notices,
            erase=destroy_notices,
        ),
        Kept(
            code="alerts.takers",
            title=_("Who took an alert"),
            since=_("the end of the alert"),
            bounds=TRACES,
            source=JOURNALS,
            models=("alerts.Alert",),
            things=taken,
            erase=forget_takers,
        ),
        Kept(
            code="alerts.deliveries",
            title=_("Who was told of an alert, by which way, and when they saw it"),
            since=_("the message"),
            bounds=TRACES,
            source=JOURNALS,
            models=("alerts.Delivery",),
            things=deliveries,
        ),
    )


def _duty() -> tuple[Kept, ...]:
    duty = Bounds(usual=12, least=1, most=36, unit=Unit.MONTHS)
    return (
        Kept(
            code="alerts.turns",
            title=_("Turns of duty that are over"),
            since=_("their last day"),
            bounds=duty,
            source=GDPR,
            models=("alerts.RosterSlot",),
            things=turns,
        ),
        Kept(
            code="alerts.swaps",
            title=_("Swaps of duty"),
            since=_("their end"),
            bounds=duty,
            source=GDPR,
            models=("alerts.RosterSwap",),
            things=swaps,
        ),
    )


def _contacts() -> tuple[Kept, ...]:
    return (
        Kept(
            code="alerts.phones",
            title=_("Addresses of browsers that no longer receive notifications"),
            since=_("their end"),
            bounds=Bounds(usual=30, least=1, most=365, unit=Unit.DAYS),
            source=GDPR,
            models=("alerts.PushSubscription",),
            things=phones,
            installation=True,
        ),
        Kept(
            code="alerts.numbers",
            title=_("Mobile numbers typed and never proven by a code"),
            since=_("the code"),
            bounds=Bounds(usual=1, least=1, most=30, unit=Unit.DAYS),
            source=GDPR,
            models=("alerts.Mobile",),
            things=unproven,
            erase=forget_wanted,
            installation=True,
        ),
    )
