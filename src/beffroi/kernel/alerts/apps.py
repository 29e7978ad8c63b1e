"""Wiring: kinds of entries, of deadlines and of alerts, the topic of live screens, places."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.papers import register_paper


class AlertsConfig(AppConfig):
    """Alerts and whom they reach."""

    name = "beffroi.kernel.alerts"
    label = "alerts"

    def ready(self) -> None:
        """Everything that this app has to say of itself."""
        from beffroi.kernel.alerts import keeping, registry  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.alerts.queries import measures, naming  # noqa: PLC0415 - as above
        from beffroi.kernel.alerts.queries.alerts import read_topic  # noqa: PLC0415 - as above
        from beffroi.kernel.alerts.queries.sight import register as register_sight  # noqa: PLC0415 - as above
        from beffroi.kernel.alerts.queries.words import register_done_for_somebody  # noqa: PLC0415 - as above
        from beffroi.kernel.register.registry import register_namer  # noqa: PLC0415 - as above
        from beffroi.persistence.live import Topic, register_topic  # noqa: PLC0415 - as above

        register_sight()
        registry.register_kinds()
        register_done_for_somebody()
        register_namer(("audience",), naming.name_audiences)
        register_namer(("roster",), naming.name_rosters)
        register_namer(("alert",), naming.name_alerts)
        register_namer(("notice",), naming.name_notices)
        keeping.register()
        measures.register()
        register_paper("roster")
        register_topic(Topic(registry.TOPIC, read_topic))
        self._places()
        self._waiting()
        self._clocks()
        self._alerts()

    def _places(self) -> None:
        from beffroi.lib.viewer import Role  # noqa: PLC0415 - as below
        from beffroi.persistence.places import Place, register_place  # noqa: PLC0415 - models must be loaded first

        watching = (Role.AGENT, Role.ADMINISTRATOR, Role.OPERATOR)
        what = _("What must be known, and who has taken it")
        register_place(Place("alerts", _("Alerts"), what, "bell", 10, lambda viewer: bool(viewer.posts), "watch"))
        register_place(
            Place(
                "alert-policies",
                _("Who is told"),
                _("Audiences, rosters, and who comes next when nobody answers"),
                "people",
                35,
                lambda viewer: bool(viewer.authorities(*watching)),
                "rules",
            )
        )

    def _waiting(self) -> None:
        from beffroi.kernel.alerts.queries.waiting import alerts_waiting, duties_waiting  # noqa: PLC0415 - models must be loaded first
        from beffroi.persistence.waiting import Source, register_waiting  # noqa: PLC0415 - as above

        register_waiting(Source("alerts", 10, alerts_waiting))
        register_waiting(Source("alerts.duty", 20, duties_waiting))

    def _clocks(self) -> None:
        from beffroi.kernel.alerts import jobs  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.deadlines.registry import DeadlineKind, register_deadline  # noqa: PLC0415 - as above

        step = "Somebody who was told acknowledges an alert, else the next step is told."
        register_deadline(DeadlineKind("alerts.step", step, jobs.on_step, promised=True))
        register_deadline(DeadlineKind("alerts.update", "What came together is one update.", jobs.on_update))
        gaps = "Each morning, the gaps of the next 14 days."
        register_deadline(DeadlineKind("alerts.rosters", gaps, jobs.on_rosters, following=jobs.next_look))

    def _alerts(self) -> None:
        from beffroi.kernel.alerts.queries.watching import WATCH_KINDS  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.alerts.queries.words import OWN_KINDS  # noqa: PLC0415 - as above
        from beffroi.kernel.alerts.registry import register_alert_kind  # noqa: PLC0415 - as above

        for kind in (*OWN_KINDS, *WATCH_KINDS):
            register_alert_kind(kind)
