"""One act on several reports: chosen in the queue or on the map, told what it needs, done part by part, told, and undone."""

from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.systems.reports.actions.batches import (
    begin_batch,
    claim_slice,
    gather_batch,
    note_one,
    undo_batch,
)
from beffroi.systems.reports.errors import NotYours, ReportError
from beffroi.systems.reports.forms.batches import with_answers
from beffroi.systems.reports.models import Batch, Report
from beffroi.systems.reports.pages.asking import TELLINGS
from beffroi.systems.reports.pages.bulk import BULK, Bulk
from beffroi.systems.reports.pages.desk import asked_for
from beffroi.systems.reports.queries.batches import MOST, all_of, batch_of, chosen
from beffroi.systems.reports.queries.desk import part_in
from beffroi.systems.reports.queries.wordings import suited, usable
from beffroi.systems.reports.registry import handles_reports
from beffroi.systems.reports.rules import BatchState

SAID: Final = 50  # of those that were left as they were, so many are named


@require_POST
def report_batch_new(request: HttpRequest) -> HttpResponse:
    """These reports, for this act: those that were ticked, or all that the list holds."""
    viewer = viewer_of(request)
    if not handles_reports(viewer):
        raise Hidden
    back, act = request.GET.urlencode(), BULK.get(request.POST.get("act", ""))
    if act is None:
        return redirect(_queue(back))
    if request.POST.get("all"):
        _form, wanted = asked_for(request, viewer)
        rows, more = all_of(viewer, wanted)
        if more:
            messages.warning(request, _("Five hundred at a time: these are the first ones."))
    else:
        rows = chosen(viewer, request.POST.getlist("chosen"))
    if wrong := _why_not(act, rows):
        messages.warning(request, wrong)
        return redirect(_queue(back))
    batch = gather_batch(
        authority=rows[0].authority_id,
        act=request.POST["act"],
        reports=[row.pk for row in rows],
        values={"back": back},
        by=viewer.known_person,
        now=utc_now(),
    )
    if act.form is None:
        begin_batch(batch=batch, values={}, now=utc_now())
        carry_on(viewer, batch)
    return redirect("report-batch", pk=batch.pk)


def _why_not(act: Bulk, rows: list[Report]) -> str:
    if not rows:
        return _("Choose some reports first.")
    if len({row.authority_id for row in rows}) > 1:
        return _("Choose reports of one authority.")
    if act is BULK["merge"] and len(rows) == 1:
        return _("Choose the others too: they are joined into one of them.")
    if len(rows) > act.most:
        return _("Fewer at once for this: %(most)s at most.") % {"most": act.most}
    return ""


def _queue(back: str) -> str:
    return f"{reverse('reports')}?{back}" if back else reverse("reports")


@require_http_methods(["GET", "POST"])
def report_batch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What it needs, how far it is, what became of each; a POST tells it, carries on, or undoes it."""
    viewer = viewer_of(request)
    batch = batch_of(viewer, pk)
    if batch is None:
        raise Hidden
    act = BULK[batch.act]
    form = None
    if batch.state == BatchState.ASKED and act.form is not None:
        sent = request.POST if request.method == "POST" else None
        answers = suited(usable(batch.authority_id, None), *TELLINGS.get(batch.act, ()))
        form = with_answers(act.form(viewer, chosen(viewer, batch.left), sent), answers)
        if request.method == "GET" or not form.is_valid():
            return render(request, "reports/batch.html", _context(viewer, batch, act, form), status=_status(form))
        values = act.told(form)
        begin_batch(batch=batch, values=values, besides=values.get("into", ""), now=utc_now())
    if request.method == "GET":
        return render(request, "reports/batch.html", _context(viewer, batch, act, None))
    if request.POST.get("act") == "undo" and act.undo is not None:
        undo_batch(batch=batch, now=utc_now())
    carry_on(viewer, batch)
    return redirect("report-batch", pk=pk)


def _status(form: forms.Form) -> int:
    return 422 if form.errors else 200


def carry_on(viewer: Viewer, batch: Batch) -> None:
    """Do the next part of it: each report's own act, in its own transaction."""
    keys = claim_slice(batch=batch, now=utc_now())
    if not keys:
        return
    batch.refresh_from_db()
    rows = {row.pk: row for row in chosen(viewer, [str(key) for key in keys])}
    before: dict[str, dict[str, str]] = dict(batch.done)
    for key in keys:
        was: dict[str, str] | None = None
        why = ""
        try:
            was = _tried(viewer, batch, rows.get(key), before.get(str(key), {}))
        except ReportError as error:
            why = error.code
        # Each at once: were this answer to break off, what it did is known, and is undone like the rest.
        note_one(batch=batch, report=key, was=was, why=why, more=key != keys[-1], now=utc_now())


def _tried(viewer: Viewer, batch: Batch, row: Report | None, was: dict[str, str]) -> dict[str, str]:
    """What it was before, and when that was over. Raises ReportError."""
    act = BULK[batch.act]
    if row is None or (act.town and not part_in(viewer, row).town):
        raise NotYours
    if batch.state == BatchState.UNDOING and act.undo is not None:
        act.undo(viewer, row, batch.values, was)
        return was
    before = act.before(row)
    act.do(viewer, row, batch.values)
    return {**before, "done_at": utc_now().isoformat()}


def _context(viewer: Viewer, batch: Batch, act: Bulk, form: forms.Form | None) -> dict[str, object]:
    why = {error.code: error.message for error in ReportError.__subclasses__()}
    named = {str(row.pk): row for row in chosen(viewer, [key for key, _code in batch.refused[:SAID]])}
    count = len(batch.left) + len(batch.done) + len(batch.refused)
    return {
        "batch": batch,
        # Another answer is at it, or was lost: it isn't asked for time and again.
        "busy": batch.busy_until is not None and batch.busy_until > utc_now(),
        "act": act,
        "form": form,
        "count": count,
        "gone": count - len(batch.left),
        "done": len(batch.done),
        "refused": len(batch.refused),
        "named": [(named.get(key), why[code]) for key, code in batch.refused[:SAID]],
        "unnamed": max(0, len(batch.refused) - SAID),
        "may_undo": batch.state == BatchState.OVER and act.undo is not None and bool(batch.done),
        "no_way_back": batch.state == BatchState.OVER and act.undo is None,
        "back": _queue(batch.values.get("back", "")),
        "most": MOST,
    }
