"""The register as those who serve an authority read it: its entries in words, one of them with its proof, a file of what was found."""

import csv
import io
import json
from collections.abc import Iterator
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from beffroi.kernel.register.forms import SearchForm
from beffroi.kernel.register.models import Entry, Leaf
from beffroi.kernel.register.queries.acts import RecordedAct, described
from beffroi.kernel.register.queries.browsing import (
    Sought,
    act,
    acts_of_leaves,
    body_of,
    found,
    lines,
    logs_of,
    name_of,
    numbered,
    size_of,
    what_took,
)
from beffroi.kernel.register.queries.proofs import Standing, standing
from beffroi.kernel.register.queries.receipts import receipt_of
from beffroi.kernel.register.queries.words import in_words, label_of, log_in_words, says
from beffroi.kernel.register.registry import registered_kinds, verifier_keys
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import A_PAGE, Listing
from beffroi.protocol.register.entry import parse_entry

MOST_LINES = 20_000
A_CHOICE = 46  # characters of what an entry says, where one chooses among all of them
FORMULAS = ("=", "+", "-", "@")


@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """The register of the viewer's first authority."""
    return redirect("entries-of", log=_logs(viewer_of(request))[0])


@require_GET
def entries_of(request: HttpRequest, log: str) -> HttpResponse:
    """One log, the latest first; or what a search finds in it."""
    viewer = viewer_of(request)
    logs = _logs(viewer)
    if log not in logs:
        raise Hidden
    form = _form(request)
    sought = form.sought(log, viewer.as_of) if form.is_valid() else Sought(log)
    page, acts = _page(sought, request.GET.get("page"))
    context = {
        "log": log,
        "logs": [(each, log_in_words(viewer, each)) for each in logs],
        "title": log_in_words(viewer, log),
        "form": form,
        "page": page,
        "acts": in_words(viewer, acts),
        "narrowed": sought.narrowed,
        "since": sought.since,
        "size": size_of(log),
        "standing": standing(name_of(log)),
    }
    return render(request, "register/entries.html", context, status=422 if form.errors else 200)


@require_GET
def entries_file(request: HttpRequest, log: str) -> HttpResponse | StreamingHttpResponse:
    """What is shown, as a file for a spreadsheet (CSV) or for a program (JSON lines)."""
    viewer = viewer_of(request)
    if log not in _logs(viewer):
        raise Hidden
    form = _form(request)
    if not form.is_valid():
        return redirect("entries-of", log=log)
    recorded = lines(form.sought(log, viewer.as_of), MOST_LINES)
    as_json = request.GET.get("format") == "json"
    body = _json_lines(recorded) if as_json else _csv_lines(recorded)
    kind = "application/x-ndjson" if as_json else "text/csv; charset=utf-8"
    response = StreamingHttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="registre.{"ndjson" if as_json else "csv"}"'
    return response


@require_GET
def entry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One entry: what it says, what proves it, the very bytes."""
    viewer = viewer_of(request)
    recorded = act(viewer, pk)
    if recorded is None:
        raise Hidden
    (words,) = in_words(viewer, [recorded], few=200)
    receipt = receipt_of(pk)
    body = body_of(pk)
    taken = what_took(pk) if recorded.values is None else None
    context = {
        "act": words,
        "log_title": log_in_words(viewer, recorded.log),
        "receipt": receipt,
        "keys": verifier_keys(recorded.log, receipt.origin, viewer.as_of) if receipt else [],
        "commitments": [(label_of(name), name, value) for name, value in parse_entry(body).fields.items()],
        "body": body.decode("ascii"),
        "taken": taken,
        "taken_words": says(taken[0]) if taken else "",
    }
    return render(request, "register/entry.html", context)


@require_GET
def entry_receipt(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The receipt as a file; it verifies with no network."""
    recorded = act(viewer_of(request), pk)
    receipt = receipt_of(pk) if recorded else None
    if receipt is None:
        raise Hidden
    response = HttpResponse(receipt.to_bytes(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="beffroi-{pk}.json"'
    return response


@require_GET
def log_page(request: HttpRequest, log: str) -> HttpResponse:
    """How a log stands: its last checkpoint, the keys to write down, and how to compare it with what others hold."""
    viewer = viewer_of(request)
    if log not in _logs(viewer):
        raise Hidden
    state: Standing = standing(name_of(log))
    context = {
        "log": log,
        "title": log_in_words(viewer, log),
        "standing": state,
        "size": size_of(log),
        "keys": verifier_keys(log, state.origin, viewer.as_of),
        "folder": name_of(log).folder,
    }
    return render(request, "register/log.html", context)


@login_not_required
@require_GET
def check(request: HttpRequest) -> HttpResponse:
    """The verifier for whoever holds a receipt: it works in their browser, and sends nothing."""
    return render(request, "register/check.html", {"keys": []})


def _page(sought: Sought, number: str | None) -> tuple[Page[Entry] | Page[Leaf], list[RecordedAct]]:
    if sought.narrowed:
        searched = Listing(found(sought), A_PAGE).get_page(number)
        return searched, described(searched.object_list)
    leaves = Paginator(numbered(sought.log), A_PAGE).get_page(number)
    return leaves, acts_of_leaves(list(leaves.object_list))


def _logs(viewer: Viewer) -> list[str]:
    logs = logs_of(viewer)
    if not logs:
        raise Hidden
    return logs


def _form(request: HttpRequest) -> SearchForm:
    kinds = [(kind.code, Truncator(says(kind.code)).chars(A_CHOICE)) for kind in registered_kinds()]
    return SearchForm(request.GET, kinds=kinds)


def _json_lines(recorded: Iterator[RecordedAct]) -> Iterator[str]:
    for each in recorded:
        yield json.dumps(_row(each) | {"values": each.values}, ensure_ascii=False) + "\n"


def _csv_lines(recorded: Iterator[RecordedAct]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow([_("When"), _("Entry"), _("Kind"), _("What happened"), _("Values"), _("Identifier")])
    for each in recorded:
        row = _row(each)
        values = "" if each.values is None else json.dumps(each.values, ensure_ascii=False)
        cells = [row["at"], row["index"], row["kind"], says(each.kind), values, row["entry"]]
        writer.writerow([f"'{cell}" if str(cell).startswith(FORMULAS) else cell for cell in cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _row(each: RecordedAct) -> dict[str, object]:
    return {
        "at": each.at.isoformat(timespec="minutes"),
        "log": each.log,
        "index": each.place[1] if each.place else "",
        "kind": each.kind,
        "entry": str(each.entry),
    }
