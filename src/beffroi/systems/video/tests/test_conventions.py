"""The two templates of conventions about cameras: what they begin with, and the bounds that the law and the convention give."""

from datetime import timedelta

import pytest
from django.test import Client

from beffroi.kernel.grants.models import ConventionDraft
from beffroi.kernel.grants.registry import CONVENTION_SYSTEMS
from beffroi.kernel.grants.rules import REQUEST_MOST
from beffroi.systems.video.models import PLACE_LABELS
from beffroi.systems.video.queries.conventions import charenton, in_force
from beffroi.systems.video.rules import CONVENTION_YEARS, SYSTEM
from beffroi.systems.video.tests.scene import Scene, client


def bounds(content: object) -> set[tuple[timedelta, timedelta]]:
    assert isinstance(content, dict)
    return {(timedelta(minutes=int(row["least"])), timedelta(minutes=int(row["most"]))) for row in content["purposes"]}


def test_charenton_is_as_it_was_published_and_the_law_in_force_is_the_other() -> None:
    then, now = dict(charenton()), dict(in_force())
    assert bounds(then) == {(timedelta(hours=2), timedelta(hours=12))}
    assert bounds(now) == {(timedelta(minutes=1), REQUEST_MOST)}
    assert isinstance(then["purposes"], list)
    assert isinstance(now["purposes"], list)
    assert (len(then["purposes"]), len(now["purposes"])) == (6, 2)
    assert {row["legal_article"] for row in (*then["purposes"], *now["purposes"])} == {"L272-2"}
    assert {row["legal_version_on"] for row in then["purposes"]} < {
        *(row["legal_version_on"] for row in then["purposes"]),
        *(row["legal_version_on"] for row in now["purposes"]),
    }
    known = {code for code, _words in PLACE_LABELS}
    for row in (*then["purposes"], *now["purposes"]):
        assert set(row["place_kinds"]) < known
        assert "street" not in row["place_kinds"], "a street is not a common part"


def test_a_convention_about_cameras_lasts_a_year_and_goes_over_a_network_alone() -> None:
    system = CONVENTION_SYSTEMS[SYSTEM]
    assert (system.years, system.transports, system.approval) == (CONVENTION_YEARS, ("network",), True)


@pytest.mark.parametrize("template", ["charenton", "l272-2"])
def test_a_draft_begins_with_each(scene: Scene, template: str) -> None:
    admin: Client = client(scene.here.administrator)
    begun = admin.post("/conventions/add/", {"beginning": f"video:{template}"})
    assert begun.status_code == 302
    draft = ConventionDraft.objects.get()
    assert draft.content["transports"] == ["network"]
    page = admin.get(begun["Location"])
    assert page.status_code == 200
    assert "L272-2" in page.content.decode()
