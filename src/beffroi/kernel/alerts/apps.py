"""Wiring: kinds of entries, deadlines and alerts, the topic of live screens, places."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Alerts and whom they reach."""

    name = "beffroi.kernel.alerts"
    label = "alerts"

    def ready(self) -> None:
        """Kinds of the register."""
        from beffroi.kernel.alerts import registry  # noqa: PLC0415 - models must be loaded first

        registry.register_kinds()
