"""Registers the entries' kinds."""

from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    """Places, authorities, organisations, memberships."""

    name = "beffroi.kernel.territory"
    label = "territory"

    def ready(self) -> None:
        """Kinds of the register."""
        from beffroi.kernel.territory import keeping, registry  # noqa: PLC0415 - models must be loaded first

        registry.register_kinds()
        keeping.register()
