"""Registers the entries' kinds and answers allauth's signals about credentials with actions (the one place that may)."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People."""

    name = "beffroi.kernel.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Kinds, then allauth's signals."""
        from beffroi.kernel.accounts import allauth_adapter, keeping, registry  # noqa: PLC0415 - models must be loaded first

        registry.register_kinds()
        keeping.register()
        allauth_adapter.connect_signals()
