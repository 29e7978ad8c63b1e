"""Screens, by viewer; and what a screen itself may see."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.formats import localize
from django.utils.translation import ngettext

from beffroi.kernel.register.registry import Named
from beffroi.kernel.screens.models import Screen
from beffroi.kernel.screens.registry import KEEPERS
from beffroi.kernel.screens.rules import CODE_LASTS, SESSION_LASTS
from beffroi.lib.viewer import Post, Role, Viewer


def visible_screens(viewer: Viewer) -> QuerySet[Screen]:
    """Screens in use of the authorities for which the viewer keeps watch, or which they administer."""
    rows = Screen.objects.filter(authority_id__in=viewer.authorities(*KEEPERS), revoked_at__isnull=True)
    return rows.select_related("authority").order_by("name", "id")


def name_screens(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Those of the authorities for which the viewer keeps watch, in use or removed, for the pages of the register."""
    rows = Screen.objects.filter(pk__in=wanted, authority_id__in=viewer.authorities(*KEEPERS))
    return {pk: Named(name) for pk, name in rows.values_list("pk", "name")}


def screen_of_key(thumbprint: str, *, now: datetime) -> Screen | None:
    """The screen that holds this key: paired or removed, or waiting with a code that still serves."""
    row = Screen.objects.filter(thumbprint=thumbprint).select_related("authority").first()
    return row if row is not None and (row.paired_at is not None or code_serves(row, now)) else None


def code_serves(screen: Screen, now: datetime) -> bool:
    """Whether the code that an unpaired screen shows may still be entered."""
    return screen.code != "" and now < screen.asked_at + CODE_LASTS


def sight_of_screen(screen: UUID, *, now: datetime) -> Viewer | None:
    """A paired screen's viewer, while it proved lately that it holds its key: nobody's, with the watch's eyes on one authority."""
    row = (
        Screen.objects.filter(pk=screen, revoked_at__isnull=True, seen_at__gt=now - SESSION_LASTS)
        .select_related("authority")
        .first()
    )
    if row is None or row.authority is None:
        return None
    post = Post(organisation=row.authority.organisation_id, role=Role.OPERATOR, authority=row.authority_id)
    return Viewer(person=None, posts=(post,), conventions=frozenset(), as_of=now)


def read_topic(viewer: Viewer, authority: UUID, subjects: frozenset[UUID]) -> Mapping[UUID, Mapping[str, object]]:
    """What open pages read when screens changed: their names, for those who keep them."""
    rows = visible_screens(viewer).filter(authority_id=authority, pk__in=subjects)
    return {row.pk: {"name": row.name} for row in rows}


def seen(viewer: Viewer, authority: UUID) -> list[str]:
    """What one may do of screens, in words, for "who can see what"."""
    if authority not in viewer.authorities(*KEEPERS):
        return []
    count = visible_screens(viewer).filter(authority_id=authority).count()
    words = ngettext(
        "adds and removes wall screens, which show the console to whoever stands before them: %(n)s now",
        "adds and removes wall screens, which show the console to whoever stands before them: %(n)s now",
        count,
    )
    return [words % {"n": localize(count)}]
