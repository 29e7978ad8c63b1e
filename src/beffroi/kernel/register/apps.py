"""Wiring of the register."""

from django.apps import AppConfig

from beffroi.kernel.register.registry import OWN_KINDS, register_kind
from beffroi.persistence.papers import register_paper
from beffroi.persistence.roles import restrict


class RegisterConfig(AppConfig):
    """The floor of the house: everything above writes to it."""

    name = "beffroi.kernel.register"
    label = "register"

    def ready(self) -> None:
        """The register's own acts are on its own record; its tables are insert only for the application's role."""
        from beffroi.kernel.register import keeping, registry  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.register.queries import measures  # noqa: PLC0415 - as above
        from beffroi.kernel.register.queries.sight import register as register_sight  # noqa: PLC0415 - models must be loaded first

        for kind in OWN_KINDS:
            register_kind(kind)
        keeping.register()
        measures.register()
        register_paper("entries", "entries-of", "entry", "entries-checkpoint")
        registry.register_places()
        for table in ("register_entry", "register_leaf"):
            restrict(table, "SELECT", "INSERT")
        restrict("register_payload", "SELECT", "INSERT", "DELETE")
        register_sight()
