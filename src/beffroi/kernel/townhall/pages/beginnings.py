"""Getting started: the inventory, then the steps as they stand."""

from uuid import UUID

from django.contrib import messages
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.pages.desks import administered
from beffroi.kernel.townhall.actions.beginnings import remove_thing, tick_step, untick_step, write_thing
from beffroi.kernel.townhall.forms import ThingForm
from beffroi.kernel.townhall.models import Thing
from beffroi.kernel.townhall.queries.steps import by_hand, chapters, inventory
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.persistence.spreadsheets import spreadsheet

WRITTEN = ("kind", "place", "count", "owner", "connected", "answers")


@require_GET
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Every step, as it stands now."""
    desk = administered(viewer_of(request), slug)
    found = chapters(desk, utc_now())
    lines = [line for chapter in found for line in chapter.lines]
    done = sum(line.done for line in lines)
    told = {
        "desk": desk,
        "chapters": found,
        "done": done,
        "total": len(lines),
        "next": next((line for line in lines if not line.done), None),
    }
    return render(request, "townhall/start.html", told)


@require_POST
def step_tick(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """Say that a step is done, or that it isn't: only where nothing can tell."""
    viewer = viewer_of(request)
    desk = administered(viewer, slug)
    found = by_hand(step)
    if found is None:
        raise Hidden
    if "undone" in request.POST:
        untick_step(authority=desk.id, step=found.code, by=viewer.known_person)
    else:
        tick_step(authority=desk.id, step=found.code, by=viewer.known_person, now=utc_now())
    return redirect("start-of", slug=slug)


@require_http_methods(["GET", "POST"])
def inventory_list(request: HttpRequest, slug: str) -> HttpResponse:
    """What the town has; one more line."""
    desk = administered(viewer_of(request), slug)
    taken_out = request.session.pop(_taken_out(desk), None)
    form = ThingForm(request.POST if request.method == "POST" else None, initial=taken_out)
    if request.method == "POST" and form.is_valid() and _written(request, desk, None, form):
        messages.success(request, _("Written down."))
        return redirect("inventory", slug=slug)
    told = {"desk": desk, "form": form, "page": page_of(request, inventory(desk.id))}
    return render(request, "townhall/inventory.html", told, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def inventory_line(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Change a line, or take it out."""
    viewer = viewer_of(request)
    desk = administered(viewer, slug)
    row = inventory(desk.id).filter(pk=pk).first()
    if row is None:
        raise Hidden
    if "remove" in request.POST:
        remove_thing(authority=desk.id, thing=row.pk, by=viewer.known_person)
        messages.success(
            request, _("The line is out of the inventory. A mistake? It is in the form below: write it down again.")
        )
        request.session[_taken_out(desk)] = model_to_dict(row, WRITTEN)
        return redirect(reverse("inventory", kwargs={"slug": slug}) + "#add")
    form = ThingForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST" and form.is_valid() and _written(request, desk, row, form):
        messages.success(request, _("Saved."))
        return redirect("inventory", slug=slug)
    told = {"desk": desk, "form": form, "row": row}
    return render(request, "townhall/inventory_line.html", told, status=422 if form.errors else 200)


@require_GET
def inventory_file(request: HttpRequest, slug: str) -> HttpResponse:
    """The same as a table."""
    desk = administered(viewer_of(request), slug)
    lines: list[list[object]] = [[str(field.label) for field in ThingForm().fields.values()]]
    lines += [
        [row.get_kind_display(), row.place, row.count, row.owner, row.get_connected_display(), row.answers]
        for row in inventory(desk.id)
    ]
    return spreadsheet(lines, f"{_('inventory')}-{desk.slug}.csv")


def _taken_out(desk: Authority) -> str:
    """Where a line that was taken out waits to be written down again: it says whom to reach, and no address may."""
    return f"inventory-out:{desk.id}"


def _written(request: HttpRequest, desk: Authority, row: Thing | None, form: ThingForm) -> bool:
    written = write_thing(
        authority=desk.id,
        thing=row.pk if row else None,
        values=form.cleaned_data,
        by=viewer_of(request).known_person,
        now=utc_now(),
    )
    if written is None:
        form.add_error("place", _("This line is in the inventory already: change it there."))
    return written is not None
