"""What this app keeps, what it does with data, and what of it leaves."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.kernel.upkeep.actions.sheets import forget_printers
from beffroi.persistence.keeping import register_companion, register_lasting
from beffroi.persistence.portability import register_called


def register() -> None:
    """Called once, when the application is ready."""
    register_lasting(
        ("upkeep.Trouble",),
        _("What was wrong with the installation: nobody’s data; the watch forgets it after ninety days."),
    )
    register_lasting(("upkeep.Sheet",), _("The authority’s sheet of the degraded mode, changed by hand."))
    register_companion("territory.people", "upkeep.sheets", forget_printers)
    register_called("upkeep.Trouble", pgettext_lazy("a table", "trouble of the installation"))
    register_called("upkeep.Sheet", pgettext_lazy("a table", "sheet of the degraded mode"))
