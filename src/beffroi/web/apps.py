"""The shell, and the console's place among the others."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.papers import register_paper


def answers(viewer: Viewer) -> bool:
    """Whoever reads who can see what in an authority."""
    return bool(viewer.authorities(Role.ADMINISTRATOR, Role.AGENT, Role.OFFICIAL))


def sets_up(viewer: Viewer) -> bool:
    """Whoever sets an authority up: those who write screens ask them for the way."""
    return bool(viewer.authorities(Role.ADMINISTRATOR))


class WebConfig(AppConfig):
    """Base templates, navigation, error pages, health."""

    name = "beffroi.web"
    label = "web"

    def ready(self) -> None:
        """The console's place."""
        from beffroi.persistence.places import Place, register_place  # noqa: PLC0415 - models must be loaded first
        from beffroi.web.console.sight import has_console  # noqa: PLC0415 - as above
        from beffroi.web.https import certificate, through  # noqa: PLC0415 - as above
        from beffroi.web.watching import looking  # noqa: PLC0415 - as above

        certificate.register_own()
        looking.register_own()
        register_paper("trust-sheet")
        through.register_own()

        description = _("Alerts, the map and what happens, as it happens")
        register_place(Place("console", _("Console"), description, "watch", 5, has_console, "watch"))
        register_place(
            Place("design", _("How screens look"), _("What every page is made of"), "edit", 95, sets_up, "setting-up")
        )
        words = _("Who sees what of the authority, in words, and until when")
        register_place(Place("access", _("Who can see what"), words, "shield", 40, answers, "rules"))
