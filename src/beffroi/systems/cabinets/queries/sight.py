"""What one may see of cabinets, in words, by the same rules as their pages."""

from uuid import UUID

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beffroi.kernel.grants.queries import authorities_of_conventions
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.sight import Sight, register_sight
from beffroi.systems.cabinets.queries.cabinets import desk_conventions, orderable_cabinets, visible_cabinets


def seen(viewer: Viewer, authority: UUID) -> list[str]:
    """Cabinets, and whose hand opened them."""
    many = visible_cabinets(viewer).filter(authority_id=authority).count()
    found = []
    if many:
        words = ngettext("sees %(n)s cabinet and its openings", "sees %(n)s cabinets and their openings", many)
        found.append(words % {"n": localize(many)})
    if authority in viewer.authorities():
        found.append(_("sees the firm that opened, not the person’s name"))
    if authority in viewer.authorities(Role.OPERATOR):
        found.append(_("sees the name behind an opening near a malicious act, for 24 hours, on the record"))
    if desk_conventions(viewer) and authority in authorities_of_conventions(viewer):
        found.append(_("sees its own technicians’ names, and those of whoever opens under its conventions"))
        orders = orderable_cabinets(viewer).filter(authority_id=authority).count()
        words = ngettext("gives work orders for %(n)s cabinet", "gives work orders for %(n)s cabinets", orders)
        found.append(words % {"n": localize(orders)})
    if viewer.organisations_as(Role.TECHNICIAN) and authority in authorities_of_conventions(viewer):
        found.append(_("sees the cabinets of their own work orders, and their own openings"))
    return found


def seen_by(viewer: Viewer) -> list[str]:
    """Who may learn that it was this very person who opened."""
    if not viewer.organisations_as(Role.TECHNICIAN):
        return []
    return [
        _("The desk of your firm, and the one whose convention you open under: your name on your openings"),
        _("The town: your firm on your openings, not your name"),
        _(
            "Whoever keeps watch for the town: your name on an opening near a malicious act, for 24 hours; each look is in the register"
        ),
    ]


def register() -> None:
    """Called once, when the application is ready."""
    register_sight(Sight("cabinets", gettext_lazy("Cabinets"), 40, seen, seen_by))
