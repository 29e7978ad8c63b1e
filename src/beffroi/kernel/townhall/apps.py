"""Wiring: kinds, deadlines, places, steps, and what this app keeps."""

from django.apps import AppConfig

from beffroi.persistence.papers import register_paper


class TownhallConfig(AppConfig):
    """The authority's own desk."""

    name = "beffroi.kernel.townhall"
    label = "townhall"

    def ready(self) -> None:
        """Registries."""
        from beffroi.kernel.townhall import jobs, keeping, leaving, registry, steps  # noqa: PLC0415 - models must be loaded first

        registry.register_own()
        keeping.register()
        register_paper(
            "system-aipd",
            "start-of",
            "inventory",
            "processing",
            "legal-notice",
            "legal-data",
            "legal-accessibility",
        )
        leaving.register()
        steps.register_own()
        jobs.register_jobs()
