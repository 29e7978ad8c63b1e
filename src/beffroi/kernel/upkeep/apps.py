"""Wiring: checks, alerts, places, and what this app keeps."""

from django.apps import AppConfig

from beffroi.persistence.papers import register_paper


class UpkeepConfig(AppConfig):
    """How the installation is."""

    name = "beffroi.kernel.upkeep"
    label = "upkeep"

    def ready(self) -> None:
        """Registries."""
        from beffroi.kernel.upkeep import keeping, registry  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.upkeep.queries import looking, sheets, words  # noqa: PLC0415 - as above

        registry.register_own()
        words.register_own()
        looking.register_own()
        sheets.register_own()
        keeping.register()
        register_paper("degraded-of")
