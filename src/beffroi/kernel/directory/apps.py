"""Wiring: kinds, the clock, the alert, who proves passwords, what is kept and what leaves."""

from django.apps import AppConfig

from beffroi.persistence.origins import register_origins
from beffroi.persistence.proving import Confirming, register_confirming, register_prover


class DirectoryConfig(AppConfig):
    """The town's directory."""

    name = "beffroi.kernel.directory"
    label = "directory"

    def ready(self) -> None:
        """Registries."""
        from beffroi.kernel.accounts.registry import register_untying  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.alerts.registry import register_alert_kind  # noqa: PLC0415 - as above
        from beffroi.kernel.deadlines.registry import DeadlineKind, register_deadline  # noqa: PLC0415 - as above
        from beffroi.kernel.directory import jobs, keeping, registry  # noqa: PLC0415 - as above
        from beffroi.kernel.directory.actions.following import untie  # noqa: PLC0415 - as above
        from beffroi.kernel.directory.actions.proving import confirmed  # noqa: PLC0415 - as above
        from beffroi.kernel.directory.actions.reading import let_in  # noqa: PLC0415 - as above
        from beffroi.kernel.directory.queries.following import has_password, origins  # noqa: PLC0415 - as above
        from beffroi.kernel.directory.queries.words import BRAKED_KIND  # noqa: PLC0415 - as above
        from beffroi.kernel.directory.rules import next_reading  # noqa: PLC0415 - as above

        registry.register_own()
        keeping.register()
        register_prover("directory", let_in)
        register_confirming("directory", Confirming(has_password, confirmed))
        register_untying("directory", untie)
        jobs.register_checks()
        register_origins("directory", origins)
        register_alert_kind(BRAKED_KIND)
        every = "Every quarter of an hour, who comes and goes in the directory."
        register_deadline(DeadlineKind("directory.reading", every, jobs.on_reading, following=next_reading))
