"""What messages and pages say of alerts, in a language; the words of this app's own kinds. Never a person's name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format, localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beffroi.kernel.alerts.models import TARGET_LABELS, Alert, Closing, Notice
from beffroi.kernel.alerts.registry import ALERT_KINDS, AlertKind, Facts, Step, Words
from beffroi.kernel.alerts.rules import Target, Urgency
from beffroi.kernel.counter.registry import register_done


@dataclass(frozen=True, slots=True)
class Message:
    """A notice as a channel sends it. `path` begins with "/"; what bears the same `tag` replaces what came before it."""

    title: str
    body: str
    path: str
    tag: str
    urgency: Urgency
    version: int
    count: int
    live: int
    taken: int
    opened_at: datetime

    @property
    def ended(self) -> bool:
        """Nothing of it is live any more."""
        return self.live == 0


def facts_of(alert: Alert) -> Facts:
    """An alert as its own app finds words for it."""
    return Facts(
        alert=alert.pk,
        authority=alert.authority_id,
        subject=alert.subject,
        resource=alert.resource,
        where=alert.label,
        since=alert.since,
        organisation=alert.organisation.name if alert.organisation else "",
        ended=alert.ended_at is not None,
        reason=alert.reason,
        values=alert.facts,
    )


def kind_of(code: str) -> AlertKind:
    """A kind as it speaks. One whose system was removed says its code, and has no steps: the administrators are told, who may end it."""
    return ALERT_KINDS.get(code) or AlertKind(code, "", code, Urgency.PROMPT, _code_words(code), lambda _facts: "", ())


def _code_words(code: str) -> Callable[[Facts, str], Words]:
    return lambda facts, _language: Words(_("Alert %(code)s") % {"code": code}, facts.where)


def words_of(alert: Alert, language: str) -> Words:
    """Its title and its text."""
    with translation.override(language):
        return kind_of(alert.kind).words(facts_of(alert), language)


def alert_path(alert: UUID) -> str:
    """The page of an alert."""
    return reverse("alert", kwargs={"pk": alert})


def message_for(notice: Notice, language: str) -> Message:
    """What is said of a notice at this moment: of its one alert, or how many they are."""
    rows = Alert.objects.filter(authority_id=notice.authority_id, notice=notice)
    states = list(rows.values_list("ended_at", "taken_at"))
    live = sum(ended is None for ended, _taken in states)
    taken = sum(ended is None and at is not None for ended, at in states)
    first = rows.select_related("organisation").order_by("raised_at", "id").first()
    if first is None:
        raise LookupError(f"notice {notice.pk} is about nothing")
    with translation.override(language):
        words = words_of(first, language) if len(states) == 1 else _several(notice, first, len(states), live)
        on_the_way = _("Somebody takes it.")
        body = f"{words.body} {on_the_way}" if live and taken == live else words.body
        path = alert_path(first.pk) if len(states) == 1 else f"{reverse('alerts')}?notice={notice.pk}"
    return Message(
        title=words.title,
        body=body,
        path=path,
        tag=str(notice.pk),
        urgency=Urgency(notice.urgency),
        version=notice.version,
        count=len(states),
        live=live,
        taken=taken,
        opened_at=notice.opened_at,
    )


def _several(notice: Notice, first: Alert, count: int, live: int) -> Words:
    label = kind_of(notice.kind).label
    title = _("%(count)s alerts: %(label)s") % {"count": localize(count), "label": label}
    parts = [_("First: %(where)s.") % {"where": first.label}] if first.label else []
    if live < count:
        parts.append(ngettext("%(live)s is not over.", "%(live)s are not over.", live) % {"live": localize(live)})
    return Words(title, " ".join(parts))


def closing_words(reason: str) -> str:
    """Why an alert is over, as somebody said; nothing when it ended by itself."""
    return str(Closing(reason).label) if reason in Closing.values else ""


def closings() -> list[tuple[str, str]]:
    """The reasons that somebody may give, and their words."""
    return [(one.value, str(one.label)) for one in Closing]


def targets_in_words(targets: Iterable[str]) -> list[str]:
    """Targets as people read them."""
    return [str(TARGET_LABELS[Target(target)]) for target in targets]


def nobody_words(facts: Facts, _language: str) -> Words:
    """Of `alerts.nobody`."""
    audience = str(facts.values.get("audience", ""))
    target = str(facts.values.get("target", ""))
    whom = audience or (targets_in_words([target])[0] if target else "")
    if facts.ended:
        return Words(_("Somebody can be told again"), _("%(whom)s: there is somebody again.") % {"whom": whom})
    return Words(
        _("Nobody was told"),
        _("There is nobody to tell among: %(whom)s. The next step was told in their place.") % {"whom": whom},
    )


def gap_words(facts: Facts, _language: str) -> Words:
    """Of `alerts.roster-gap`."""
    if facts.ended:
        return Words(_("The roster has no gap any more"), facts.where)
    begins = localtime(datetime.fromisoformat(str(facts.values["begins"])))
    when = date_format(begins, "DATETIME_FORMAT")
    count = int(facts.values["count"])
    body = ngettext(
        "%(roster)s: nobody is on duty from %(when)s.",
        "%(roster)s: nobody is on duty at %(count)s times, the first from %(when)s.",
        count,
    )
    return Words(_("Nobody on duty"), body % {"roster": facts.where, "when": when, "count": localize(count)})


def roster_page(facts: Facts) -> str:
    """Of `alerts.roster-gap`: its subject is the roster."""
    return reverse("roster", kwargs={"pk": facts.subject})


def policies_page(_facts: Facts) -> str:
    """Of `alerts.nobody`."""
    return reverse("alert-policies")


OWN_KINDS = (
    AlertKind(
        code="alerts.nobody",
        description="A step of some alert reached nobody.",
        label=gettext_lazy("Nobody was told"),
        urgency=Urgency.PROMPT,
        words=nobody_words,
        page=policies_page,
        steps=(Step(Target.ADMINISTRATORS, None),),
    ),
    AlertKind(
        code="alerts.roster-gap",
        description="Nobody is on duty at some time of the next 14 days.",
        label=gettext_lazy("Nobody on duty"),
        urgency=Urgency.ROUTINE,
        words=gap_words,
        page=roster_page,
        steps=(Step(Target.ADMINISTRATORS, timedelta(days=1)), Step(Target.AGENTS, None)),
    ),
)


def register_done_for_somebody() -> None:
    """In which words somebody is told what an agent did for them at the counter."""
    for act, words in (
        ("set-preference", gettext_lazy("How you are told of alerts was changed")),
        ("clear-preference", gettext_lazy("How you are told of alerts was set back")),
        ("set-organisation-quiet", gettext_lazy("Your organisation’s quiet hours were changed")),
        ("end-subscription", gettext_lazy("A phone or a computer is no longer told")),
        ("ask-code", gettext_lazy("A code was sent to your telephone number")),
        ("prove-number", gettext_lazy("Your telephone number was proven")),
        ("give-up-number", gettext_lazy("Your telephone number was forgotten")),
    ):
        register_done(act, words)
