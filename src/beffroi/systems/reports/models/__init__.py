"""Fields and constraints of reports, their photos, their threads and whoever follows them; no workflow."""

from beffroi.systems.reports.models.assets import Asset
from beffroi.systems.reports.models.batches import Batch
from beffroi.systems.reports.models.followers import Errand, Follower, Letter
from beffroi.systems.reports.models.labels import (
    DECLINE_LABELS,
    OPEN_TO_LABELS,
    PRIORITY_LABELS,
    SOURCE_LABELS,
    STAGE_LABELS,
    THING_LABELS,
)
from beffroi.systems.reports.models.programs import ProgramKey
from beffroi.systems.reports.models.promises import ONE_GENERAL, Category, Promise, Team, TeamMember, Way
from beffroi.systems.reports.models.questions import Answer, Question
from beffroi.systems.reports.models.reports import Line, Photo, Report
from beffroi.systems.reports.models.rights import OrderAsked, OriginalRight
from beffroi.systems.reports.models.rounds import Round, Shortlisted, Stop
from beffroi.systems.reports.models.servers import Notice, NoticeState, Push, PushState, Server, ServerService
from beffroi.systems.reports.models.subscriptions import Subscription
from beffroi.systems.reports.models.summaries import Reminder, Summary
from beffroi.systems.reports.models.weeks import Opening, WorkingWeek
from beffroi.systems.reports.models.wordings import Wording

__all__ = [
    "DECLINE_LABELS",
    "ONE_GENERAL",
    "OPEN_TO_LABELS",
    "PRIORITY_LABELS",
    "SOURCE_LABELS",
    "STAGE_LABELS",
    "THING_LABELS",
    "Answer",
    "Asset",
    "Batch",
    "Category",
    "Errand",
    "Follower",
    "Letter",
    "Line",
    "Notice",
    "NoticeState",
    "Opening",
    "OrderAsked",
    "OriginalRight",
    "Photo",
    "ProgramKey",
    "Promise",
    "Push",
    "PushState",
    "Question",
    "Reminder",
    "Report",
    "Round",
    "Server",
    "ServerService",
    "Shortlisted",
    "Stop",
    "Subscription",
    "Summary",
    "Team",
    "TeamMember",
    "Way",
    "Wording",
    "WorkingWeek",
]
