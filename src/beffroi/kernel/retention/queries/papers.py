"""What administrators see of slips, destructions and checks, by viewer."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from beffroi.kernel.retention.models import Check, Destruction, Slip, SlipItem
from beffroi.kernel.retention.queries.agreement import finding_words
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.keeping import KEPT


def visible_slips(viewer: Viewer) -> QuerySet[Slip]:
    """Slips of the viewer's authorities, the newest first."""
    rows = Slip.objects.filter(authority_id__in=viewer.authorities(Role.ADMINISTRATOR))
    return rows.select_related("authority").order_by("-year", "-number")


def slip_items(slip: Slip) -> QuerySet[SlipItem]:
    """The things of a slip, line by line; what was abandoned with it included."""
    rows = SlipItem.objects.filter(authority_id=slip.authority_id, line__slip=slip)
    return rows.order_by("line__position", "kept_from", "key")


def visible_destructions(viewer: Viewer) -> QuerySet[Destruction]:
    """What was destroyed in the viewer's authorities, and by the installation, the latest first."""
    authorities = viewer.authorities(Role.ADMINISTRATOR)
    rows = Destruction.objects.filter(authority_id__in=authorities)
    if authorities:
        rows = rows | Destruction.objects.filter(authority=None)
    return rows.select_related("slip").order_by("-at", "rule", "id")


def destructions_of(viewer: Viewer, authority: UUID) -> QuerySet[Destruction]:
    """What was destroyed in one of these authorities, and by the installation, the latest first."""
    return visible_destructions(viewer).filter(Q(authority_id=authority) | Q(authority=None))


def rule_title(code: str) -> str:
    """A rule in words; one that this release knows no more is given as it is."""
    return str(KEPT[code].title) if code in KEPT else code


def visible_checks(viewer: Viewer) -> QuerySet[Check]:
    """Looks of the reconciler over the viewer's authorities, the latest first."""
    return Check.objects.filter(authority_id__in=viewer.authorities(Role.ADMINISTRATOR)).order_by("-at", "id")


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A finding in words."""

    words: str
    subject: str
    count: int


def found_lines(check: Check) -> list[FoundLine]:
    """What a look found, in words; a rule is named by what it keeps."""
    return [
        FoundLine(finding_words(str(each["code"])), rule_title(str(each["subject"])), int(each["count"]))
        for each in check.findings
    ]


def latest_check(viewer: Viewer, authority: UUID) -> Check | None:
    """The last look over one authority."""
    return visible_checks(viewer).filter(authority_id=authority).first()
