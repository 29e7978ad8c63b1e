"""Wiring: the place in the menu, and how long files wait."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """Lists that become things."""

    name = "beffroi.kernel.imports"
    label = "imports"

    def ready(self) -> None:
        """Registries."""
        from beffroi.kernel.imports import keeping  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.imports.queries.imports import may_import  # noqa: PLC0415 - as above
        from beffroi.persistence.places import Place, register_place  # noqa: PLC0415 - as above

        keeping.register()
        register_place(
            Place(
                "imports",
                _("Import a list"),
                _("A spreadsheet becomes cabinets, lamps, roles or past reports, once every row was looked at"),
                "upload",
                45,
                may_import,
                "setting-up",
            )
        )
