"""Wiring: kinds, the alert, the step, what is kept."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.proving import Elsewhere, register_elsewhere
from beffroi.persistence.steps import Step, register_step


class SafeConfig(AppConfig):
    """The sheet in the safe."""

    name = "beffroi.kernel.safe"
    label = "safe"

    def ready(self) -> None:
        """Registries."""
        from beffroi.kernel.safe import keeping, queries, registry  # noqa: PLC0415 - models must be loaded first

        registry.register_own()
        register_elsewhere("safe", Elsewhere(queries.accounts, proves=False, opens=queries.opens))
        keeping.register()
        register_step(
            Step(
                "safe",
                _("A sheet of codes in the safe"),
                _("“beffroi break-glass” prints it: it opens an administrator’s account the day nothing else does."),
                "people",
                15,
                look=queries.sealed,
                page=queries.help_page,
            )
        )
