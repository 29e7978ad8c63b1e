"""Wiring: kinds, deadlines, the tables that are insert only, and this app's own rules."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.papers import register_paper
from beffroi.persistence.roles import restrict


class RetentionConfig(AppConfig):
    """How long things are kept, and their end."""

    name = "beffroi.kernel.retention"
    label = "retention"

    def ready(self) -> None:
        """Registries; no destruction is ever rewritten, no slip deleted."""
        from beffroi.kernel.retention import jobs, keeping, registry  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.retention.queries.sight import register as register_sight  # noqa: PLC0415 - as above

        register_sight()
        registry.register_own()
        self._alerts()
        jobs.register_deadlines()
        keeping.register()
        register_paper("retention-of", "retention-slip")
        restrict("retention_destruction", "SELECT", "INSERT")
        for table in ("retention_slip", "retention_slipline", "retention_slipitem"):
            restrict(table, "SELECT", "INSERT", "UPDATE")

    def _alerts(self) -> None:
        from beffroi.kernel.alerts.registry import AlertKind, Step, register_alert_kind  # noqa: PLC0415 - as above
        from beffroi.kernel.alerts.rules import Target, Urgency  # noqa: PLC0415 - as above
        from beffroi.kernel.retention.queries.agreement import mismatch_words  # noqa: PLC0415 - as above
        from beffroi.kernel.retention.registry import MISMATCH  # noqa: PLC0415 - as above

        register_alert_kind(
            AlertKind(
                code=MISMATCH,
                description="Disk, tables and register disagree on what is kept and what was destroyed.",
                label=_("Retention disagrees"),
                urgency=Urgency.ROUTINE,
                words=mismatch_words,
                page=lambda _facts: reverse("retention-checks"),
                steps=(Step(Target.ADMINISTRATORS, None),),
            )
        )
