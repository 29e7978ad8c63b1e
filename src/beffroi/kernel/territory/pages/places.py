"""An authority's places: the tree, one of them, where it ends. For its administrators."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from beffroi.kernel.territory.actions.authorities import create_territory, rename_territory
from beffroi.kernel.territory.actions.outlines import remove_outline, set_outline
from beffroi.kernel.territory.forms import OutlineForm, PlaceForm, PlaceNameForm
from beffroi.kernel.territory.models import Authority, Territory, TerritoryKind
from beffroi.kernel.territory.pages.desks import administered
from beffroi.kernel.territory.queries.outlines import (
    Branch,
    is_named,
    kinds_inside,
    outline_of,
    outlines_of,
    place_of,
    tree_of,
    undoable,
)
from beffroi.lib.clock import utc_now
from beffroi.lib.sketches import Picture, picture
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of


@require_GET
def place_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The tree, each place under the one it lies in, and all outlines in one drawing."""
    authority = administered(viewer_of(request), slug)
    tree = tree_of(authority.pk)
    drawn = outlines_of(authority.pk)
    context = {
        "desk": authority,
        "page": page_of(request, tree),
        "picture": picture([area.outline for area in reversed(drawn)]) if drawn else None,
        "bounded": any(branch.own and branch.outline for branch in tree),
        "undo": undo_of(request, authority),
    }
    return render(request, "territory/places.html", context)


@require_http_methods(["GET", "POST"])
def place_add(request: HttpRequest, slug: str) -> HttpResponse:
    """A district or a site, inside one that is there."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    form = PlaceForm(request.POST or None, places=_holding(authority))
    if request.method == "POST" and form.is_valid() and not _taken(form, form.parent().pk):
        row = create_territory(
            authority=authority,
            parent=form.parent(),
            kind=TerritoryKind(form.cleaned_data["kind"]),
            name=form.cleaned_data["name"],
            by=viewer.person,
        )
        messages.success(request, _("The place is added. Say where it ends."))
        return redirect("place", slug=slug, pk=row.pk)
    context = {"desk": authority, "form": form}
    return render(request, "territory/place_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def place_page(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One place: its name, and where it ends."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    branch = _branch(authority, pk)
    place = branch.territory
    form = PlaceNameForm(request.POST or None, initial={"name": place.name})
    if request.method == "POST" and form.is_valid() and not _taken(form, place.parent_id, but=pk):
        rename_territory(territory=place, name=form.cleaned_data["name"], by=viewer.person)
        messages.success(request, _("Saved."))
        return redirect("place", slug=slug, pk=pk)
    return _shown(request, authority, branch, form, OutlineForm())


@require_POST
def place_outline(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Say where a place ends, by a file; or say it no longer."""
    viewer = viewer_of(request)
    authority = administered(viewer, slug)
    branch = _branch(authority, pk)
    act = uuid4()
    if "remove" in request.POST:
        changed = remove_outline(territory=branch.territory, act=act, by=viewer.person, now=utc_now())
    else:
        form = OutlineForm(request.POST, request.FILES)
        if not form.is_valid():
            naming = PlaceNameForm(initial={"name": branch.territory.name})
            return _shown(request, authority, branch, naming, form)
        changed = set_outline(
            territory=branch.territory, outline=form.cleaned_data["file"], act=act, by=viewer.person, now=utc_now()
        )
    if not changed:
        messages.info(request, _("Nothing changed: it was so already."))
        return redirect("place", slug=slug, pk=pk)
    return redirect(f"{reverse('place', kwargs={'slug': slug, 'pk': pk})}?done={act}")


def undo_of(request: HttpRequest, authority: Authority) -> UUID | None:
    """What was just done to outlines, while it can be undone."""
    try:
        act = UUID(request.GET.get("done", ""))
    except ValueError:
        return None
    return act if undoable(authority.pk, act) else None


def _shown(
    request: HttpRequest, authority: Authority, branch: Branch, form: PlaceNameForm, outline_form: OutlineForm
) -> HttpResponse:
    outline = outline_of(authority.pk, branch.territory.pk)
    drawn: Picture | None = None if outline is None else picture([outline])
    context = {
        "desk": authority,
        "branch": branch,
        "place": branch.territory,
        "inside": None if branch.own else branch.territory.parent,
        "picture": drawn,
        "form": form,
        "outline_form": outline_form,
        "undo": undo_of(request, authority),
    }
    wrong = form.errors or outline_form.errors
    return render(request, "territory/place.html", context, status=422 if wrong else 200)


def _branch(authority: Authority, pk: UUID) -> Branch:
    found = place_of(authority.pk, pk)
    if found is None:
        raise Hidden
    return found


def _holding(authority: Authority) -> list[Territory]:
    """Places that another may lie in."""
    return [branch.territory for branch in tree_of(authority.pk) if kinds_inside(branch.territory)]


def _taken(form: PlaceNameForm, parent: UUID | None, but: UUID | None = None) -> bool:
    """Whether the name is another's there, which the form then says."""
    if not is_named(parent, form.cleaned_data["name"], but=but):
        return False
    form.add_error("name", _("Another place has this name there."))
    return True
