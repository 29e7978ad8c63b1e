"""What one may see of reports, in words, by the same rules as their pages."""

from uuid import UUID

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beffroi.kernel.grants.queries import is_switched_on
from beffroi.lib.viewer import Viewer
from beffroi.persistence.sight import Sight, register_sight
from beffroi.systems.reports.models import Report
from beffroi.systems.reports.queries.reports import HANDLING, READING, in_hand
from beffroi.systems.reports.rules import SYSTEM


def seen(viewer: Viewer, authority: UUID) -> list[str]:
    """Reports, and who made them."""
    if not is_switched_on(authority=authority, system=SYSTEM):
        return []
    if authority in viewer.authorities(*READING):
        many = Report.objects.filter(authority_id=authority).count()
        words = ngettext(
            "sees %(n)s report, with its photos and its words", "sees %(n)s reports, with their photos and words", many
        )
        found = [words % {"n": localize(many)}]
        if authority in viewer.authorities(*HANDLING):
            found.append(_("handles them, sees who reported them, and reads the notes of those who handle them"))
            found.append(
                _("opens a photo as it came for a reason of the list, fifteen minutes at a time, on the record")
            )
        return found
    many = Report.objects.filter(in_hand(viewer), authority_id=authority).count()
    if not many:
        return []
    words = ngettext(
        "handles %(n)s report that was handed over, without knowing who made it",
        "handles %(n)s reports that were handed over, without knowing who made them",
        many,
    )
    return [words % {"n": localize(many)}]


def seen_by(viewer: Viewer) -> list[str]:
    """Who learns that it was this very person who reported."""
    if viewer.person is None or not Report.objects.filter(author_id=viewer.person).exists():
        return []
    return [_("The agents of the authority: that you made your reports. Nobody else is told who did")]


def register() -> None:
    """Called once, when the application is ready."""
    register_sight(Sight(SYSTEM, gettext_lazy("Reports"), 45, seen, seen_by))
