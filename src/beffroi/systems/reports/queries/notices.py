"""What a server is told of a report that it has, in its own protocol's words; and which of its words are ours."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from beffroi.adapters.open311.client import NewUpdate
from beffroi.adapters.open311.documents import LONGEST_DESCRIPTION, Stage, Update
from beffroi.systems.reports.models import Line, Notice, Push, ServerService
from beffroi.systems.reports.queries.programs import photo_address, stage_of
from beffroi.systems.reports.rules import PhotoState

HANDED: Final = "handed"


def notice_of(notice: UUID) -> Notice | None:
    """One, with all that leaves."""
    rows = Notice.objects.select_related(
        "push__server__organisation", "push__report__authority", "push__report__category"
    )
    return rows.select_related("line__report", "line__organisation", "photo").filter(pk=notice).first()


def news_of(notice: Notice) -> NewUpdate | None:
    """What leaves: what anybody may read; never who said it. None where there is nothing to tell any more: the photo was taken back,
    or the words are not anybody's to read any more.
    """
    push, photo, link, words = notice.push, notice.photo, "", _words(notice)
    if photo is not None:
        if photo.state != PhotoState.CHECKED or photo.version != notice.version or not push.report.category.public:
            return None
        link = photo_address(push.report.authority, photo)
    if not words:
        return None
    return NewUpdate(
        update_id=str(notice.pk),
        service_request_id=push.joined or push.remote,
        status=_status(notice),
        updated_datetime=notice.made_at,
        description=words[:LONGEST_DESCRIPTION],
        media_url=link,
    )


def _status(notice: Notice) -> Stage:
    line, push = notice.line, notice.push
    if line is not None and line.kind == HANDED:
        theirs = line.organisation_id == push.server.organisation_id
        return Stage.REOPEN if theirs else Stage.INTERNAL_REFERRAL
    return stage_of(line or Line(report=push.report))


def _words(notice: Notice) -> str:
    """Each says something: servers take no empty words. Empty where all that it said is not to leave."""
    line = notice.line
    if line is None:
        return _("A photo of it.")
    if line.kind == "merged":
        return _("It is the same as report %(reference)s, which goes on.") % {"reference": line.text}
    if line.kind == "parted":
        return _("It isn’t the same as report %(reference)s after all: it goes on.") % {"reference": line.text}
    said = line.text if line.public and not line.held and _may_leave(notice.push) else ""
    led = {
        "reopened": _("Opened again."),
        HANDED: _("It is given to %(organisation)s.") % {"organisation": line.organisation or ""},
    }.get(line.kind, "")
    return " ".join(part for part in (led, said) if part) or (f"{line.get_stage_display()}." if line.stage else "")


def _may_leave(push: Push) -> bool:
    """Whether words of its kind of fault are anybody's: it may be of another one since it left. What isn't public leaves where somebody
    said which service it becomes.
    """
    category = push.report.category
    return category.public or ServerService.objects.filter(server=push.server_id, category=category).exists()


def in_words(text: str | None) -> str:
    """Words as they are compared: servers fold blanks."""
    return " ".join((text or "").split())


def is_ours(push: Push, update: Update) -> bool:
    """Whether what a server says of it is what we told it, of it or of another that was joined to the same: by the number that it gave to
    it, and by its words until that is known.
    """
    for row in _posted(push, update.service_request_id):
        if update.update_id in (row.remote, str(row.pk)):
            return True
        if not row.remote and same(row, update):
            return True
    return False


def _posted(push: Push, number: str) -> Sequence[Notice]:
    there = Q(push__server=push.server_id) & (Q(push__remote=number) | Q(push__joined=number))
    rows = Notice.objects.filter(Q(push=push) | there, first_at__isnull=False)
    of = ("line__report", "line__organisation", "push__server", "push__report__category", "push__report__authority")
    return list(rows.select_related(*of, "photo"))


def same(notice: Notice, update: Update) -> bool:
    """Whether these are the words, and the photo, of a notice."""
    news = news_of(notice)
    return (
        news is not None
        and in_words(news.description) == in_words(update.description)
        and (not news.media_url or update.media_url in (None, "", news.media_url))
    )


def numbers_told(push: Push) -> set[str]:
    """The numbers there of what it was told already."""
    rows = Notice.objects.filter(push=push).exclude(remote="")
    return set(rows.values_list("remote", flat=True))
