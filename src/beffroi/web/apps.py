"""The shell, and the console's place among the others."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    """Base templates, navigation, error pages, health."""

    name = "beffroi.web"
    label = "web"

    def ready(self) -> None:
        """The console's place."""
        from beffroi.persistence.places import Place, register_place  # noqa: PLC0415 - models must be loaded first
        from beffroi.web.console.sight import has_console  # noqa: PLC0415 - as above

        description = _("Alerts, the map and what happens, as it happens")
        register_place(Place("console", _("Console"), description, "watch", 5, has_console))
