"""Where an authority ends, by its actions and queries: set, replaced, undone, asked of a point."""

import json
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.actions.authorities import create_territory, rename_territory
from beffroi.kernel.territory.actions.outlines import (
    keep_outline_file,
    remove_outline,
    set_outline,
    take_outline_file,
    undo_outlines,
)
from beffroi.kernel.territory.factories import make_authority
from beffroi.kernel.territory.models import Authority, Outline, Territory, TerritoryKind
from beffroi.kernel.territory.queries.outline_files import Surface
from beffroi.kernel.territory.queries.outlines import (
    areas_of,
    outlines_of,
    outlines_version,
    root_of,
    tree_of,
)
from beffroi.lib import outlines
from beffroi.lib.clock import utc_now
from beffroi.persistence.acts import kernel_action

pytestmark = pytest.mark.django_db

TOWN = (2.80, 48.90, 2.96, 49.02)
WEST = (2.80, 48.90, 2.88, 49.02)
NORTH_WEST = (2.80, 48.96, 2.84, 49.02)


def box(west: float, south: float, east: float, north: float) -> dict[str, object]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def surfaces(*named: tuple[str, tuple[float, float, float, float]]) -> list[Surface]:
    features = [{"type": "Feature", "properties": {"nom": name}, "geometry": box(*at)} for name, at in named]
    found = outlines.read(json.dumps({"type": "FeatureCollection", "features": features}).encode())
    assert not isinstance(found, outlines.Fault)
    return [Surface(one) for one in found]


def outline(at: tuple[float, float, float, float]) -> outlines.Outline:
    found = surfaces(("", at))[0].feature.outline
    assert isinstance(found, outlines.Outline)
    return found


def draw(territory: Territory, at: tuple[float, float, float, float]) -> UUID:
    act = uuid4()
    assert set_outline(territory=territory, outline=outline(at), act=act, by=None, now=utc_now())
    return act


def take(authority: Authority, listed: Sequence[Surface]) -> UUID:
    file = keep_outline_file(authority=authority.pk, surfaces=listed, by=uuid4(), now=utc_now())
    take_outline_file(file=file, by=None, now=utc_now())
    return file.pk


def kinds() -> list[str]:
    return sorted(Entry.objects.filter(kind__startswith="territory.").values_list("kind", flat=True))


@pytest.fixture
def meaux() -> Authority:
    return make_authority("meaux")


def place(
    authority: Authority, name: str, parent: Territory, kind: TerritoryKind = TerritoryKind.QUARTIER
) -> Territory:
    return create_territory(authority=authority, parent=parent, kind=kind, name=name, by=None)


def test_nobody_can_say_where_a_town_ends_before_it_was_drawn(meaux: Authority) -> None:
    assert areas_of(meaux.pk).inside(48.96, 2.88) is None
    west = place(meaux, "Ouest", root_of(meaux.pk))
    draw(west, WEST)
    assert areas_of(meaux.pk).inside(48.95, 2.85) is True, "a district of it"
    assert areas_of(meaux.pk).inside(48.95, 2.95) is None
    draw(root_of(meaux.pk), TOWN)
    assert areas_of(meaux.pk).inside(48.95, 2.95) is True
    assert areas_of(meaux.pk).inside(48.95, 2.97) is False
    assert areas_of(make_authority("provins").pk).inside(48.95, 2.85) is None, (
        "another town's outline says nothing of it"
    )


def test_a_point_lies_in_the_deepest_place_first(meaux: Authority) -> None:
    root = root_of(meaux.pk)
    west = place(meaux, "Ouest", root)
    pool = place(meaux, "Piscine", west, TerritoryKind.SITE)
    for territory, at in ((root, TOWN), (west, WEST), (pool, NORTH_WEST)):
        draw(territory, at)
    assert areas_of(meaux.pk).at(49.0, 2.82) == [pool.pk, west.pk, root.pk]
    assert areas_of(meaux.pk).at(48.92, 2.82) == [west.pk, root.pk]
    assert areas_of(meaux.pk).at(48.92, 2.9) == [root.pk]
    assert areas_of(meaux.pk).at(0.0, 0.0) == []
    assert areas_of(meaux.pk).at(float("nan"), 2.82) == []
    assert [one.territory for one in outlines_of(meaux.pk, (2.90, 48.91, 2.91, 48.92))] == [root.pk]
    assert areas_of(meaux.pk).bounds == TOWN


def test_a_commune_inside_its_departement_has_a_root_of_its_own() -> None:
    from beffroi.kernel.territory.actions.authorities import create_authority  # noqa: PLC0415 - this test's alone

    seine = create_authority(slug="77", name="Seine-et-Marne", territory=TerritoryKind.DEPARTEMENT, by=None)
    meaux = create_authority(slug="meaux", name="Meaux", inside=seine.pk, by=None)
    root = root_of(meaux.pk)
    assert (root.name, root.parent_id) == ("Meaux", root_of(seine.pk).pk)
    draw(root, TOWN)
    assert [(one.depth, one.parent) for one in areas_of(meaux.pk).listed] == [(0, None)]
    assert [one.territory.name for one in tree_of(meaux.pk)] == ["Meaux"]


def test_one_outline_is_in_force_and_the_one_before_comes_back(meaux: Authority) -> None:
    root = root_of(meaux.pk)
    draw(root, TOWN)
    act = draw(root, WEST)
    assert areas_of(meaux.pk).inside(48.95, 2.95) is False
    assert not set_outline(territory=root, outline=outline(WEST), act=uuid4(), by=None, now=utc_now()), "the same"
    assert undo_outlines(authority=meaux.pk, act=act, by=None, now=utc_now()) == 1
    assert areas_of(meaux.pk).inside(48.95, 2.95) is True
    assert undo_outlines(authority=meaux.pk, act=act, by=None, now=utc_now()) == 0
    assert kinds() == ["territory.outline-set"] * 3
    row = Outline.objects.get(territory=root, ended_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        _twice(row)


@kernel_action
def _twice(row: Outline) -> None:
    row.pk = uuid4()
    row.save(force_insert=True)


def test_an_outline_that_was_taken_away_comes_back_unless_another_was_drawn(meaux: Authority) -> None:
    root, act = root_of(meaux.pk), uuid4()
    draw(root, TOWN)
    assert remove_outline(territory=root, act=act, by=None, now=utc_now())
    assert not remove_outline(territory=root, act=uuid4(), by=None, now=utc_now())
    assert areas_of(meaux.pk).inside(48.95, 2.85) is None
    assert undo_outlines(authority=meaux.pk, act=act, by=None, now=utc_now()) == 1
    assert areas_of(meaux.pk).inside(48.95, 2.85) is True
    again = uuid4()
    remove_outline(territory=root, act=again, by=None, now=utc_now())
    draw(root, WEST)
    assert undo_outlines(authority=meaux.pk, act=again, by=None, now=utc_now()) == 0
    assert areas_of(meaux.pk).inside(48.95, 2.95) is False, "what was drawn since stands"
    assert kinds().count("territory.outline-removed") == 2


def test_a_file_draws_the_places_it_names_adds_the_others_and_is_undone_whole(meaux: Authority) -> None:
    root = root_of(meaux.pk)
    west = place(meaux, "Beauval-Ouest", root)
    draw(west, TOWN)
    act = take(meaux, surfaces(("BEAUVAL OUEST", WEST), ("Dunant", NORTH_WEST), ("dunant", TOWN), ("", TOWN)))
    assert [one.territory.name for one in tree_of(meaux.pk)] == ["Meaux", "Beauval-Ouest", "Dunant"]
    assert len(areas_of(meaux.pk).at(49.0, 2.82)) == 2
    assert areas_of(meaux.pk).at(48.95, 2.95) == []
    assert undo_outlines(authority=meaux.pk, act=act, by=None, now=utc_now()) == 2
    assert [one.territory.name for one in tree_of(meaux.pk)] == ["Meaux", "Beauval-Ouest"], "what it added goes"
    assert areas_of(meaux.pk).at(48.95, 2.95) == [west.pk], "and what it replaced is back"


def test_a_district_that_something_hangs_on_stays_without_its_outline(meaux: Authority) -> None:
    act = take(meaux, surfaces(("Dunant", WEST)))
    added = Territory.objects.get(name="Dunant")
    place(meaux, "Piscine", added, TerritoryKind.SITE)
    assert undo_outlines(authority=meaux.pk, act=act, by=None, now=utc_now()) == 1
    assert Territory.objects.filter(pk=added.pk).exists()
    assert areas_of(meaux.pk).at(48.95, 2.85) == []


def test_a_question_is_one_short_query_once_a_process_has_read_them(meaux: Authority) -> None:
    root = root_of(meaux.pk)
    draw(root, TOWN)
    areas_of(meaux.pk).inside(48.95, 2.85)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert areas_of(meaux.pk).inside(48.95, 2.85) is True
        assert len(asked.captured_queries) == 1
        assert "coordinates" not in asked.captured_queries[0]["sql"]
    before = outlines_version(meaux.pk)
    rename_territory(territory=root, name="Ville de Meaux", by=None)
    assert outlines_version(meaux.pk) != before
    assert [one.name for one in outlines_of(meaux.pk)] == ["Ville de Meaux"]
