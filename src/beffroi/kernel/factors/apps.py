"""Wiring: the entry, what is kept."""

from django.apps import AppConfig


class FactorsConfig(AppConfig):
    """Second factors that an authority demands."""

    name = "beffroi.kernel.factors"
    label = "factors"

    def ready(self) -> None:
        """Registries."""
        from beffroi.kernel.factors import keeping, registry  # noqa: PLC0415 - models must be loaded first

        registry.register_own()
        keeping.register()
