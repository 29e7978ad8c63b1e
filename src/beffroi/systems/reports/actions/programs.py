"""What a program says of a report by Open311: a line of its thread, once."""

from datetime import datetime
from uuid import UUID

from beffroi.lib.naming import names_somebody
from beffroi.persistence.acts import system_action
from beffroi.systems.reports.actions.errands import tell_mender
from beffroi.systems.reports.actions.making import show
from beffroi.systems.reports.models import Line, Report


@system_action
def say_from_program(
    *, report: Report, remote: str, text: str, public: bool, by: UUID | None, now: datetime
) -> tuple[Line, bool]:
    """Returns the line, and whether it is new: what has the same `remote` (the program's key and its own number) is one line. A public
    one that seems to name somebody is held; whoever mends is written to, as of others' answers.
    """
    row = Report.objects.select_for_update(of=("self",)).get(authority_id=report.authority_id, pk=report.pk)
    there = Line.objects.filter(report=row, remote=remote).first()
    if there is not None:
        return there, False
    line = Line.objects.create(
        authority_id=row.authority_id,
        report=row,
        at=now,
        kind="said",
        public=public,
        text=text.strip(),
        held=public and names_somebody(text),
        remote=remote,
        author_id=by,
    )
    row.changed_at = now
    row.save(update_fields=["changed_at"])
    tell_mender(report=row, line=line, now=now)
    show(report=row)
    return line, True
