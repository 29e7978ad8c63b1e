"""What whoever handles a report does with it: stages, closing, reopening, joining, handing over. Each act is a line of its thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from beffroi.kernel.register.actions import record
from beffroi.kernel.territory.queries.posts import live_posts
from beffroi.lib.hours import A_SECOND
from beffroi.lib.naming import names_somebody
from beffroi.persistence.acts import system_action
from beffroi.systems.reports.actions.clock import run_clock, shorten_clock, stop_clock, tell
from beffroi.systems.reports.actions.errands import tell_mender
from beffroi.systems.reports.actions.making import Taken, add_photos, follow, follow_on, show
from beffroi.systems.reports.actions.outbox import hand_to_server
from beffroi.systems.reports.actions.telling import ask_later, ask_no_more, tell_followers
from beffroi.systems.reports.errors import NothingShown, NotOpen, NotYours
from beffroi.systems.reports.models import Category, Errand, Follower, Line, Photo, Report, Team
from beffroi.systems.reports.queries.delays import clock_for
from beffroi.systems.reports.queries.following import wrote
from beffroi.systems.reports.rules import (
    OPEN,
    REOPENABLE,
    Alarm,
    Decline,
    PhotoRole,
    Priority,
    Stage,
    may_become,
)


@dataclass(frozen=True, slots=True)
class Link:
    """The link of a letter: of which errand, to which team."""

    errand: UUID
    team: UUID


@dataclass(frozen=True, slots=True)
class Said:
    """Words that go with an act; those that aren't `public` are for whoever handles it. `remote` where another server says them, by its
    own number: they are said once; `link`: a team's, without an account; `charge`: whose they are, while that has it in charge.
    """

    text: str = ""
    public: bool = True
    remote: str = ""
    link: Link | None = None
    charge: UUID | None = None


QUIETLY = Said()


def _locked(report: Report, *stages: Stage, said: Said = QUIETLY) -> Report:
    """The row as it is now. Raises NotOpen when it is at another stage than these, or the link that speaks was ended; NotYours."""
    rows = Report.objects.select_for_update(of=("self",)).select_related("category")
    row = rows.get(authority_id=report.authority_id, pk=report.pk)
    if row.stage not in stages or (
        said.link and not Errand.objects.filter(pk=said.link.errand, report=row, ended_at__isnull=True).exists()
    ):
        raise NotOpen
    if said.charge not in (None, row.organisation_id):
        raise NotYours
    return row


def _by_link(said: Said) -> dict[str, UUID]:
    """What an entry says of who acts without an account."""
    return {"team": said.link.team} if said.link else {}


def _line(
    row: Report,
    kind: str,
    said: Said,
    by: UUID | None,
    now: datetime,
    *,
    stage: str = "",
    photo: Photo | None = None,
    staff: bool = True,
) -> Line:
    """A line of the thread, and the row's own time; followers are told of what staff did. The public words of whoever isn't staff, or
    isn't of here, or has no account, are held when they seem to name somebody.
    """
    row.changed_at = now
    row.save()
    show(report=row)
    line = Line.objects.create(
        authority_id=row.authority_id,
        report=row,
        at=now,
        kind=kind,
        public=said.public,
        stage=stage,
        text=said.text.strip(),
        held=bool(not staff or said.remote or said.link) and said.public and names_somebody(said.text),
        author_id=by,
        organisation_id=_speaking(row, kind, by, now) if staff else None,
        photo=photo,
        remote=said.remote,
        team_id=said.link.team if said.link else None,
    )
    if staff:
        tell_followers(report=row, line=line, now=now)
    tell_mender(report=row, line=line, now=now)
    return line


def _speaking(row: Report, kind: str, by: UUID | None, now: datetime) -> UUID:
    """Whose words a line is: the authority's own when one of its people acts, whoever has it in charge meanwhile. A hand-over names who
    receives it.
    """
    if by is None or kind == "handed":
        return row.organisation_id
    posts = live_posts(person=by, as_of=now)
    own = [post.organisation for post in posts if post.authority == row.authority_id]
    return row.organisation_id if not own or row.organisation_id in own else own[0]


@system_action
def stage_report(
    *,
    report: Report,
    stage: Stage,
    said: Said = QUIETLY,
    planned_for: date | None = None,
    by: UUID | None,
    now: datetime,
) -> Report:
    """Acknowledge it, plan it or say that it is being mended. Raises NotOpen."""
    row = _locked(report, *OPEN, said=said)
    if not may_become(Stage(row.stage), stage) or stage not in OPEN:
        raise NotOpen
    row.stage = stage.value
    row.planned_for = planned_for if stage is Stage.PLANNED else row.planned_for
    _line(row, "staged", said, by, now, stage=stage.value)
    fields: dict[str, str | UUID] = {"report": row.pk, "stage": stage.value, **_by_link(said)}
    record(kind="report.staged", authority=row.authority_id, by=by, fields=fields, now=now)
    return row


@system_action
def step_back(*, report: Report, was: Stage, planned_for: date | None, by: UUID | None, now: datetime) -> Report:
    """The last stage was a mistake: it is at the one before again, of which nobody is told once more. Raises NotOpen."""
    row = _locked(report, *OPEN)
    if was not in OPEN or was == row.stage:
        raise NotOpen
    row.stage, row.planned_for = was.value, planned_for
    _line(row, "stepped-back", QUIETLY, by, now, stage=was.value)
    fields: dict[str, str | UUID] = {"report": row.pk, "stage": was.value}
    record(kind="report.staged", authority=row.authority_id, by=by, fields=fields, now=now)
    return row


@system_action
def mend_report(*, report: Report, said: Said, photos: Sequence[Taken] = (), by: UUID | None, now: datetime) -> Report:
    """It is done: shown by a photo, or said in words. Raises NotOpen, NothingShown."""
    row = _locked(report, *OPEN, said=said)
    if not photos and not said.text.strip():
        raise NothingShown
    rows = add_photos(report=row, photos=photos, role=PhotoRole.MENDED, by=by, now=now)
    row.stage = Stage.DONE.value
    _close(row, said, by, now, photo=rows[0] if rows else None)
    ask_later(report=row, now=now)
    return row


@system_action
def decline_report(*, report: Report, reason: Decline, said: Said, by: UUID | None, now: datetime) -> Report:
    """It will not be mended here, for a reason of the list and in words. Raises NotOpen, NothingShown."""
    row = _locked(report, *OPEN)
    if not said.text.strip():
        raise NothingShown
    row.stage, row.reason = Stage.DECLINED.value, reason.value
    _close(row, said, by, now)
    return row


def _close(row: Report, said: Said, by: UUID | None, now: datetime, *, photo: Photo | None = None) -> None:
    """At the stage, and for the reason, that the row says by now."""
    row.closed_at = now
    _line(row, "closed", said, by, now, stage=row.stage, photo=photo)
    kept = stop_clock(report=row, reason=row.stage, now=now, by=by)
    fields: dict[str, str | int | UUID] = {"report": row.pk, "stage": row.stage, "kept": int(kept), **_by_link(said)}
    if row.reason:
        fields["reason"] = row.reason
    record(kind="report.closed", authority=row.authority_id, by=by, fields=fields, now=now)


@system_action
def reopen_report(*, report: Report, said: Said, staff: bool = True, by: UUID | None, now: datetime) -> Report:
    """It isn't mended after all. Its first clock goes on: what has passed of it has passed. Words that aren't staff's are a line of their
    own, held when they seem to name somebody. Raises NotOpen.
    """
    row = _locked(report, *REOPENABLE)
    _reopen(row, said, by, now, staff=staff)
    return row


def _reopen(row: Report, said: Said, by: UUID | None, now: datetime, *, staff: bool) -> None:
    row.stage, row.reason, row.closed_at = Stage.ACKNOWLEDGED.value, "", None
    _line(row, "reopened", said if staff else QUIETLY, by, now, stage=row.stage)
    fields: dict[str, UUID | datetime] = {"report": row.pk, "due": row.due_at}
    record(kind="report.reopened", authority=row.authority_id, by=by, fields=fields, now=now)
    hand_to_server(report=row, now=now)
    ask_no_more(report=row, now=now)
    run_clock(report=row, now=now)
    if not staff and said.text.strip():
        _line(row, "said", said, by, now, staff=False)


@system_action
def merge_report(*, report: Report, into: Report, remote: str = "", by: UUID | None, now: datetime) -> Report:
    """Both are the same fault: its followers follow the other one, which goes on. Raises NotOpen, also when the other is itself, lies in
    another authority or is joined already.
    """
    if report.pk == into.pk or report.authority_id != into.authority_id:
        raise NotOpen
    # The smaller identifier first: two agents who join two reports to one another wait, one after the other.
    first, second = sorted((report, into), key=lambda one: one.pk)
    locked = {one.pk: _locked(one, *Stage) for one in (first, second)}
    row, other = locked[report.pk], locked[into.pk]
    if row.stage not in OPEN or other.stage == Stage.MERGED:
        raise NotOpen
    row.stage, row.into, row.closed_at = Stage.MERGED.value, other, now
    if other.stage in OPEN and other.due_at > now:
        # Both are one fault: what was promised first holds, so that joining never begins a clock anew.
        shorten_clock(report=other, due_at=max(row.due_at, other.since + A_SECOND), reason="joined", now=now, by=by)
    _line(row, "merged", Said(other.reference, remote=remote), by, now, stage=row.stage)
    _line(other, "joined", Said(row.reference), by, now)
    for one in Follower.objects.filter(report=row, stopped_at__isnull=True):
        follow_on(follower=one, report=other, now=now)
    stop_clock(report=row, reason="merged", now=now, by=by)
    fields = {"report": row.pk, "into": other.pk}
    record(kind="report.merged", authority=row.authority_id, by=by, fields=fields, now=now)
    return row


@system_action
def unmerge_report(*, report: Report, by: UUID | None, now: datetime) -> Report:
    """It was another fault after all: it goes on by its first clock. Whoever came along follows both, and stops what isn't theirs.
    Raises NotOpen.
    """
    if report.into is None:
        raise NotOpen
    first, second = sorted((report, report.into), key=lambda one: one.pk)
    locked = {one.pk: _locked(one, *Stage) for one in (first, second)}
    row, other = locked[report.pk], locked[report.into.pk]
    if row.into_id != other.pk:
        raise NotOpen
    row.stage, row.into, row.closed_at = Stage.ACKNOWLEDGED.value, None, None
    _line(row, "parted", Said(other.reference), by, now, stage=row.stage)
    _line(other, "let-go", Said(row.reference), by, now)
    fields: dict[str, UUID | datetime] = {"report": row.pk, "due": row.due_at}
    record(kind="report.reopened", authority=row.authority_id, by=by, fields=fields, now=now)
    hand_to_server(report=row, now=now)
    run_clock(report=row, now=now)
    return row


@system_action
def hand_over(
    *, report: Report, organisation: UUID, team: UUID | None, said: Said = QUIETLY, by: UUID | None, now: datetime
) -> Report:
    """Another organisation, or another team, has it in charge: one thread, one clock. Raises NotOpen."""
    row = _locked(report, *OPEN, said=said)
    teams = Team.objects.filter(authority_id=row.authority_id, organisation_id=organisation)
    row.team = teams.filter(pk=team).first() if team else None
    was, row.organisation_id, row.assigned = row.organisation_id, organisation, None
    line = _line(row, "handed", said, by, now)
    fields: dict[str, str | UUID] = {"report": row.pk, "organisation": organisation, "reason": "handed-over"}
    fields |= _by_link(said)
    record(kind="report.routed", authority=row.authority_id, by=by, fields=fields, now=now)
    hand_to_server(report=row, now=now, line=line, was=was)
    return row


@system_action
def rate_report(*, report: Report, category: Category, priority: Priority, by: UUID | None, now: datetime) -> Report:
    """Another category or priority: its clock may become shorter, never longer. Raises NotOpen."""
    row = _locked(report, *OPEN)
    _hours, _working, due_at = clock_for(category, priority, row.since)
    was = row.priority
    row.category, row.priority = category, int(priority)
    shorten_clock(report=row, due_at=due_at, reason="re-rated", now=now, by=by)
    _line(row, "rated", Said(public=False), by, now)
    fields: dict[str, int | UUID | datetime] = {
        "report": row.pk,
        "category": category.pk,
        "priority": row.priority,
        "due": row.due_at,
    }
    record(kind="report.rated", authority=row.authority_id, by=by, fields=fields, now=now)
    hand_to_server(report=row, now=now)
    if priority is Priority.DANGER and was != Priority.DANGER:
        tell(report=row, alarm=Alarm.DANGER, now=now)
    return row


@system_action
def assign_report(*, report: Report, person: UUID | None, by: UUID | None, now: datetime) -> Report:
    """Somebody of the organisation in charge sees to it (None: nobody in particular). Raises NotOpen."""
    row = _locked(report, *OPEN)
    row.assigned_id = person
    _line(row, "assigned", Said(public=False), by, now)
    return row


@system_action
def say_of_report(
    *, report: Report, said: Said, staff: bool, photos: Sequence[Taken] = (), by: UUID | None, now: datetime
) -> Line:
    """A word in its thread, by whoever handles it or whoever follows it. What isn't staff's and seems to name somebody is held."""
    row = _locked(report, *Stage, said=said)
    rows = add_photos(report=row, photos=photos, role=PhotoRole.FAULT, by=by, now=now)
    return _line(row, "said", said, by, now, photo=rows[0] if rows else None, staff=staff)


@system_action
def follow_report(
    *, report: Report, person: UUID | None, email: str, language: str, too: bool, now: datetime
) -> Follower | None:
    """Have somebody told of its outcomes; `too`: they say that they see the fault as well."""
    row = _locked(report, *Stage)
    target = row.into if row.into is not None else row
    return follow(report=target, person=person, email=email, language=language, too=too, now=now)


@system_action
def leave_report(*, follower: Follower, now: datetime) -> None:
    """They are told no more."""
    Follower.objects.filter(pk=follower.pk, stopped_at__isnull=True).update(stopped_at=now)


@system_action
def take_up_report(*, follower: Follower, now: datetime) -> None:
    """Whoever reads the letter says that they want to be told: the address is theirs, of what it was joined to as well."""
    rows = Follower.objects.filter(pk=follower.pk)
    if follower.email and follower.report.into_id:
        rows |= Follower.objects.filter(report_id=follower.report.into_id, email=follower.email)
    rows.update(stopped_at=None)
    rows.filter(confirmed_at__isnull=True).update(confirmed_at=now)


@system_action
def answer_whether_mended(*, follower: Follower, mended: bool, text: str, now: datetime) -> Report:
    """What a follower says of a report that was done. When it isn't mended its author opens it again; of anybody else whoever handles it
    is told. Raises NotOpen when it isn't done any more, or they answered already.
    """
    row = _locked(follower.report, Stage.DONE)
    waiting = Q(answered_at__isnull=True) | Q(answered_at__lt=row.closed_at)
    if not Follower.objects.filter(waiting, pk=follower.pk).update(answered_at=now):
        raise NotOpen
    by = follower.person_id
    if mended or not wrote(follower, row):
        kind = "seen-mended" if mended else "seen-broken"
        _line(row, kind, Said(text, public=False), by, now, staff=False)
        return row
    _reopen(row, Said(text), by, now, staff=False)
    return row


@system_action
def decide_text(*, report: Report, shown: str, by: UUID | None, now: datetime) -> Report:
    """What others may read of a report's words: all of them, fewer, or none (empty)."""
    row = _locked(report, *Stage)
    row.shown, row.held = shown.strip(), False
    row.changed_at = now
    row.save(update_fields=["shown", "held", "changed_at"])
    fields: dict[str, int | UUID] = {"report": row.pk, "shown": int(bool(row.shown))}
    record(kind="report.text-decided", authority=row.authority_id, by=by, fields=fields, now=now)
    show(report=row)
    return row


@system_action
def decide_line(*, line: Line, shown: bool, by: UUID | None, now: datetime) -> bool:
    """An agent read words of a thread that were held: others may read them, or they stay between those who handle it. False when somebody
    else decided meanwhile.
    """
    row = _locked(line.report, *Stage)
    held = Line.objects.filter(authority_id=row.authority_id, pk=line.pk, held=True)
    if not held.update(held=False, public=shown, shown_at=now if shown else None):
        return False
    fields: dict[str, int | UUID] = {"report": row.pk, "shown": int(shown)}
    record(kind="report.text-decided", authority=row.authority_id, by=by, fields=fields, now=now)
    show(report=row)
    read = Line.objects.get(pk=line.pk)
    # It is told as what is said at this moment: whoever mends answers it; followers are told where it is staff's.
    if read.organisation_id is not None:
        tell_followers(report=row, line=read, now=now)
    tell_mender(report=row, line=read, now=now)
    return True
