"""What this app keeps, and what the platform itself does with data: the processings without which no system works."""

from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.townhall.actions.beginnings import forget_tickers
from beffroi.kernel.townhall.models import Export, ExportState
from beffroi.persistence.keeping import JOURNALS, TRACES, Kept, register_companion, register_kept, register_lasting
from beffroi.persistence.systems import Processing, register_processing

TASK = _("Public task (RGPD 6.1.e)")
PROCESSINGS = (
    Processing(
        code="people",
        title=_("People, their roles, their phones and what they may do"),
        purpose=_("Say who may act where, until when, and let them in."),
        basis=TASK,
        people=_("Agents, officials and partners who have an account; people who are helped at a counter"),
        data=_(
            "Name, e-mail address, organisation, role and its dates, ways to log in (never a password in clear), sessions with network "
            "address and browser, the public key of a phone, rights given"
        ),
        recipients=_("Administrators of the authority and of the person’s own organisation"),
        notice=_("When an account is opened, and on the page “My data”"),
        rules=("accounts.", "directory.", "safe.", "territory.", "grants.", "counter.", "screens."),
        order=10,
    ),
    Processing(
        code="alerts",
        title=_("Alerts: who is told of what, who is on duty, who answers"),
        purpose=_("Reach those who must act, and prove that they were reached."),
        basis=TASK,
        people=_("Agents, operators and partners who are told"),
        data=_("Ways to be reached, turns of duty, what was sent and seen and when, who took an alert"),
        recipients=_("Whoever keeps watch for the authority; the person’s own desk; the gateways that carry messages"),
        notice=_("On the page where one says how to be reached"),
        rules=("alerts.",),
        order=20,
    ),
    Processing(
        code="register",
        title=_("The register, devices, and what is kept"),
        purpose=_("Prove what was done with whose right, keep devices honest, and destroy things on time."),
        basis=TASK,
        people=_("People who act; their names are never in it, only identifiers"),
        data=_("Which act, when, under which right, by the identifier of whom; signed events of devices"),
        recipients=_(
            "The authority’s people, within their role; whoever is shown a receipt; the departmental archives"
        ),
        notice=_("On these pages"),
        rules=("register.", "devices.", "contacts.", "deadlines.", "imports.", "retention.", "townhall."),
        order=30,
    ),
)


def exports(authority: UUID | None) -> QuerySet[Model]:
    """Exports whose file is gone."""
    return Export.objects.filter(authority=authority, state=ExportState.ERASED).annotate(kept_from=F("ends_at"))


def register() -> None:
    """Called once, when the application is ready."""
    for processing in PROCESSINGS:
        register_processing(processing)
    register_kept(
        Kept(
            code="townhall.exports",
            title=_("Exports of the authority’s data: who asked for them, and when"),
            since=_("the end of their file"),
            bounds=TRACES,
            source=JOURNALS,
            models=("townhall.Export",),
            things=exports,
        )
    )
    register_companion("territory.people", "townhall.ticks", forget_tickers)
    register_lasting(
        ("townhall.Thing", "townhall.Tick"),
        _("The authority’s inventory and the steps of its setting up: nobody’s data, changed by hand."),
    )
