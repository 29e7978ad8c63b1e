"""Wiring: kinds of entries, of deadlines and of alerts, the topic of live screens, places."""

from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    """Alerts and whom they reach."""

    name = "beffroi.kernel.alerts"
    label = "alerts"

    def ready(self) -> None:
        """Everything that this app has to say of itself."""
        from beffroi.kernel.alerts import registry  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.alerts.queries.alerts import read_topic  # noqa: PLC0415 - as above
        from beffroi.persistence.live import Topic, register_topic  # noqa: PLC0415 - as above

        registry.register_kinds()
        register_topic(Topic(registry.TOPIC, read_topic))
        self._clocks()
        self._alerts()

    def _clocks(self) -> None:
        from beffroi.kernel.alerts import jobs  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.deadlines.registry import DeadlineKind, register_deadline  # noqa: PLC0415 - as above

        step = "Somebody who was told acknowledges an alert, else the next step is told."
        register_deadline(DeadlineKind("alerts.step", step, jobs.on_step, promised=True))
        register_deadline(DeadlineKind("alerts.update", "What came together is one update.", jobs.on_update))
        register_deadline(
            DeadlineKind("alerts.rosters", "Each morning, the gaps of the next 14 days.", jobs.on_rosters)
        )

    def _alerts(self) -> None:
        from beffroi.kernel.alerts.queries import words  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.alerts.registry import AlertKind, Step, register_alert_kind  # noqa: PLC0415 - as above
        from beffroi.kernel.alerts.rules import Target, Urgency  # noqa: PLC0415 - as above

        register_alert_kind(
            AlertKind(
                "alerts.nobody",
                "A step of some alert reached nobody.",
                _("Nobody was told"),
                Urgency.PROMPT,
                words.nobody_words,
                words.policies_page,
                (Step(Target.ADMINISTRATORS, None),),
            )
        )
        register_alert_kind(
            AlertKind(
                "alerts.roster-gap",
                "Nobody is on duty at some time of the next 14 days.",
                _("Nobody on duty"),
                Urgency.ROUTINE,
                words.gap_words,
                words.roster_page,
                (Step(Target.ADMINISTRATORS, timedelta(days=1)), Step(Target.AGENTS, None)),
            )
        )
