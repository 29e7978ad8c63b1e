"""What the act that gives a report to somebody puts into the outbox of their server."""

from datetime import datetime
from typing import Final
from uuid import UUID

from beffroi.persistence.acts import kernel_action
from beffroi.systems.reports.actions.notices import tell_handed
from beffroi.systems.reports.models import Line, Push, PushState, Report, Server
from beffroi.systems.reports.queries.servers import passed_on, server_for

UNDONE: Final = (PushState.FAILED.value, PushState.DROPPED.value)


@kernel_action
def hand_to_server(*, report: Report, now: datetime, line: Line | None = None, was: UUID | None = None) -> None:
    """Have it posted to the server of whoever has it in charge, if they have one that takes its kind; `line` takes it from whoever `was`
    in charge. Part of the act that gives it to them. What another town handed us goes on only when somebody says so.
    """
    if line is not None and was is not None:
        tell_handed(report=report, line=line, was=was, now=now)
    server = server_for(report)
    if server is not None and not passed_on(report):
        queue_push(report=report, server=server, now=now)


@kernel_action
def queue_push(*, report: Report, server: Server, now: datetime) -> bool:
    """Have it leave for that server: once, and once more when it could not; False where it is on its way, or there. Part of the act
    that wants it there.
    """
    push, new = Push.objects.get_or_create(
        server=server, report=report, defaults={"authority_id": report.authority_id, "made_at": now, "due_at": now}
    )
    if new or push.state not in UNDONE:
        return new
    again = Push.objects.filter(pk=push.pk, state=push.state)
    return bool(again.update(state=PushState.QUEUED.value, due_at=now, attempts=0, fault="", said=""))
