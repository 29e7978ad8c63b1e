"""Wiring: kinds, deadlines, the tables that are insert only, and this app's own rules."""

from django.apps import AppConfig

from beffroi.persistence.roles import restrict


class RetentionConfig(AppConfig):
    """How long things are kept, and their end."""

    name = "beffroi.kernel.retention"
    label = "retention"

    def ready(self) -> None:
        """Registries; no destruction is ever rewritten, no slip deleted."""
        from beffroi.kernel.retention import jobs, keeping, registry  # noqa: PLC0415 - models must be loaded first

        registry.register_own()
        jobs.register_deadlines()
        keeping.register()
        restrict("retention_destruction", "SELECT", "INSERT")
        for table in ("retention_slip", "retention_slipline", "retention_slipitem"):
            restrict(table, "SELECT", "INSERT", "UPDATE")
