"""Wiring: kinds, deadlines, places, steps, and what this app keeps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.checkup import Check, register_check
from beffroi.persistence.papers import register_paper


class TownhallConfig(AppConfig):
    """The authority's own desk."""

    name = "beffroi.kernel.townhall"
    label = "townhall"

    def ready(self) -> None:
        """Registries."""
        from beffroi.kernel.townhall import jobs, keeping, leaving, registry, steps  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.townhall.queries import backups, limits  # noqa: PLC0415 - as above

        registry.register_own()
        keeping.register()
        register_paper(
            "system-aipd",
            "start-of",
            "inventory",
            "processing",
            "limits-of",
            "legal-notice",
            "legal-data",
            "legal-information",
            "legal-accessibility",
        )
        leaving.register()
        limits.register()
        steps.register_own()
        jobs.register_jobs()
        register_check(Check(backups.CODE, _("Backups"), backups.look, order=40, good_for=30))
