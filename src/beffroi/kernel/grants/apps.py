"""Registers the entries' kinds."""

from django.apps import AppConfig


class GrantsConfig(AppConfig):
    """Conventions, rights, phones, the minter."""

    name = "beffroi.kernel.grants"
    label = "grants"

    def ready(self) -> None:
        """Kinds of the register."""
        from beffroi.kernel.grants import keeping, registry  # noqa: PLC0415 - models must be loaded first

        registry.register_kinds()
        registry.register_places()
        keeping.register()
