"""A convention about cameras through its pages: from either template to what is signed, and a request under it."""

from collections.abc import Mapping
from datetime import date, timedelta
from html.parser import HTMLParser
from uuid import UUID

import pytest
from django.test import Client
from django.utils import translation
from django.utils.timezone import localdate
from pytest_django.fixtures import Settings

from beffroi.kernel.grants.actions.staff import designate
from beffroi.kernel.grants.models import Convention, Designation, Grant
from beffroi.kernel.grants.registry import CONVENTION_SYSTEMS
from beffroi.kernel.grants.rules import Kind
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.kernel.territory.models import Organisation, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.lib.years import last_day
from beffroi.systems.video.models import Request
from beffroi.systems.video.queries.conventions import charenton, in_force
from beffroi.systems.video.rules import CONVENTION_YEARS, SYSTEM
from beffroi.systems.video.tests.scene import Scene, client, kinds
from beffroi.web.templatetags.shell import qr

TEMPLATES = {"charenton": charenton, "l272-2": in_force}


class Typed(HTMLParser):
    """What a browser would send of the form that has a field of that name, untouched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        name = held.get("name", "")
        if tag == "select":
            self._select, self._options = name, []
        elif tag == "option":
            self._options.append((held.get("value", ""), "selected" in held))
        elif tag == "input" and name and (held.get("type") not in {"checkbox", "radio"} or "checked" in held):
            self.values.setdefault(name, []).append(held.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self.values[self._select] = chosen


def begun(scene: Scene, admin: Client, template: str) -> str:
    begun = admin.post("/conventions/add/", {"beginning": f"video:{template}"})
    assert begun.status_code == 302, begun.content.decode()
    path: str = begun["Location"]
    assert admin.post(f"{path}things/", {"act": "all"}).status_code == 302
    return path


def prefecture() -> Organisation:
    return Organisation.objects.filter(name="Préfecture").first() or make_organisation(
        "Préfecture", OrganisationKind.PREFECTURE
    )


def signed_today() -> dict[str, str]:
    return {f"party-{number}-signed_on": localdate().isoformat() for number in range(4)}


def filled(scene: Scene, admin: Client, path: str, **changes: object) -> dict[str, object]:
    """The form as its page shows it, with its dates and who it binds."""
    today = localdate()
    bound = (scene.here.police, scene.here.landlord, scene.here.town.authority.organisation, prefecture())
    shown: Mapping[str, object] = Typed(admin.get(path).content.decode()).values
    return {
        **shown,
        "valid_from": (today - timedelta(days=1)).isoformat(),
        "valid_until": last_day(today - timedelta(days=1), 1).isoformat(),
        **{f"party-{number}-organisation": str(each.pk) for number, each in enumerate(bound)},
        **signed_today(),
        "act": "sign",
        **changes,
    }


def sign(scene: Scene, template: str, **changes: object) -> Convention:
    admin = client(scene.here.administrator)
    path = begun(scene, admin, template)
    answer = admin.post(path, filled(scene, admin, path, **changes))
    assert answer.status_code == 302
    return Convention.objects.get(pk=UUID(answer["Location"].strip("/").split("/")[-1]))


@pytest.mark.parametrize("template", ["charenton", "l272-2"])
def test_a_template_is_signed_as_it_stands(scene: Scene, template: str) -> None:
    with translation.override("en"):  # as the browser's
        content = TEMPLATES[template]()
    convention = sign(scene, template)
    assert isinstance(content["purposes"], list)
    for kind in (Kind.REQUEST, Kind.EMERGENCY):
        rows = list(convention.purposes.filter(kind=kind.value).order_by("id"))
        assert [
            {
                "label": row.label,
                "legal_text": row.legal_text,
                "legal_article": row.legal_article,
                "legal_version_on": row.legal_version_on.isoformat(),
                "least": str(row.least // timedelta(minutes=1)),
                "most": str(row.most // timedelta(minutes=1)),
                "place_kinds": sorted(row.place_kinds),
            }
            for row in rows
        ] == [{**row, "place_kinds": sorted(row["place_kinds"])} for row in content["purposes"]]
    assert (convention.title, convention.transports) == (content["title"], ["network"])
    assert (convention.approval, convention.still_every) == ("automatic", timedelta(minutes=30))
    assert (convention.list_age, convention.list_old) == (timedelta(minutes=15), "refuse")
    assert (convention.partner, convention.years) == (scene.here.landlord, CONVENTION_YEARS)
    assert dict(convention.resources.values_list("resource", "place_kind")) == {
        camera.pk: camera.place_kind for camera in scene.here.cameras
    }
    bound = convention.parties.order_by("capacity", "organisation__name").values_list(
        "capacity", "organisation__name", "signed_on"
    )
    assert [(capacity, name) for capacity, name, _on in bound] == [
        ("asks", scene.here.police.name),
        ("owns", scene.here.landlord.name),
        ("signs", scene.here.town.authority.organisation.name),
        ("signs", "Préfecture"),
    ]
    assert all(isinstance(on, date) for _capacity, _name, on in bound)
    assert kinds("convention.")[-6:] == ["convention.signed", *["convention.bound"] * 4, "convention.covered"]


def test_a_request_holds_to_what_was_signed_at_charenton(scene: Scene) -> None:
    convention = sign(scene, "charenton")
    designate(
        convention=convention,
        organisation=scene.here.police.pk,
        person=scene.here.bob.pk,
        approved_until=utc_now() + timedelta(days=30),
        by=scene.here.administrator.pk,
        now=utc_now(),
    )
    before = Request.objects.count()
    for minutes, words in ((119, "2 h"), (721, "12 h")):
        refused = scene.bob.post("/video/ask/", scene.answers(why=f"{convention.pk}:p2", minutes=str(minutes)))
        assert refused.status_code == 422
        assert words in refused.content.decode()
    assert Request.objects.count() == before
    for minutes in (120, 720):
        request = scene.ask(why=f"{convention.pk}:p2", minutes=str(minutes))
        right = Grant.objects.get(pk=request.grant)
        assert (right.convention_id, right.purpose) == (convention.pk, "p2")
        assert right.ends - right.starts == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"party-0-organisation": ""}, "This field is required."),
        ({"party-0-capacity": "receives"}, "Somebody asks under it: add the party that does."),
        ({"party-1-capacity": "signs"}, "Somebody owns what it covers: add the party that does."),
        ({"purpose-0-most": "721"}, "less than or equal to 720"),
        ({"purpose-0-least": "0"}, "greater than or equal to 1"),
        ({"purpose-0-place_kinds": ["moon"]}, "moon"),
        ({"purpose-0-legal_text": ""}, "This field is required."),
        ({"purpose-0-legal_version_on": ""}, "This field is required."),
        ({"still_every": ""}, "This field is required."),
        ({"valid_until": (localdate() + timedelta(days=365)).isoformat()}, "last beyond"),
    ],
)
def test_what_the_law_or_the_form_does_not_let_be_is_not_signed(
    scene: Scene, changes: dict[str, object], expected: str
) -> None:
    admin = client(scene.here.administrator)
    path = begun(scene, admin, "charenton")
    before = Convention.objects.count()
    answer = admin.post(path, filled(scene, admin, path, **changes))
    assert answer.status_code == 422
    assert expected in answer.content.decode()
    assert Convention.objects.count() == before


def test_the_same_organisation_is_bound_once_a_capacity(scene: Scene) -> None:
    admin = client(scene.here.administrator)
    path = begun(scene, admin, "l272-2")
    assert admin.post(path, filled(scene, admin, path, act="party-more")).status_code == 302
    twice = {"party-4-organisation": str(scene.here.police.pk), "party-4-capacity": "asks"}
    answer = admin.post(path, filled(scene, admin, path, **twice))
    assert answer.status_code == 422
    assert "there twice for the same thing" in answer.content.decode()
    page = admin.post(path, filled(scene, admin, path, act="party-less:4"), follow=True).content.decode()
    assert 'name="party-4-organisation"' not in page


def test_what_it_would_allow_is_said_as_it_is_written(scene: Scene) -> None:
    admin = client(scene.here.administrator)
    path = begun(scene, admin, "charenton")
    shown = filled(scene, admin, path, act="", approval="owner")
    said = admin.post(path, shown, headers={"hx-request": "true"}).content.decode()
    assert f"somebody designated at {scene.here.police.name} may ask for the right to look at one of these" in said
    assert f"{scene.here.landlord.name} says yes or no to each request." in said
    assert "2 h at least, 12 h at most at a time. Only there: entrance hall" in said
    assert "A lock " not in said, "a relay holds to it"
    paper = admin.get(f"{path}paper/").content.decode()
    assert all(name in paper for name in (scene.here.police.name, scene.here.landlord.name, "Préfecture"))


def test_a_copy_to_renew_says_all_that_was_signed(scene: Scene) -> None:
    convention = sign(scene, "charenton", approval="owner", still_every="45", list_age="20")
    admin = client(scene.here.administrator)
    page = admin.get(f"/conventions/{convention.pk}/").content.decode()
    assert page.count("Police interventions") == page.count("Gatherings") > 0
    copied = admin.post(f"/conventions/{convention.pk}/renew/")["Location"]
    shown = Typed(admin.get(copied).content.decode()).values
    assert [shown[name] for name in ("approval", "still_every", "list_age")] == [["owner"], ["45"], ["20"]]
    assert shown["rows"] == ["6"], "each reason once, whatever kinds of right it is for"
    assert admin.post(copied, {**shown, "act": "sign"}).status_code == 422, "each party signs anew"
    answer = admin.post(copied, {**shown, **signed_today(), "act": "sign"})
    assert answer.status_code == 302
    again = Convention.objects.latest("signed_at")
    assert again.valid_from == convention.valid_until
    of = ("purpose", "kind", "least", "most", "place_kinds", "legal_version_on")
    assert set(map(str, again.purposes.values_list(*of))) == set(map(str, convention.purposes.values_list(*of)))
    assert CONVENTION_SYSTEMS[SYSTEM].years == again.years


def staff(convention: Convention) -> str:
    return f"/conventions/{convention.pk}/staff/"


def test_officers_are_designated_told_before_their_approval_ends_and_withdrawn(scene: Scene) -> None:
    convention, admin, today = sign(scene, "charenton"), client(scene.here.administrator), localdate()
    assert "Nobody is designated yet" in admin.get(f"/conventions/{convention.pk}/").content.decode()
    bob = f"{scene.here.police.pk}:{scene.here.bob.pk}"
    assert scene.bob.post("/video/ask/", asked := scene.answers(why=f"{convention.pk}:p2")).status_code == 422
    given = {"who": bob, "approved_until": (today + timedelta(days=90)).isoformat()}
    assert admin.post(staff(convention), given).status_code == 302
    page = admin.get(staff(convention)).content.decode()
    assert "Bob" in page
    assert "Approved until" in page
    assert "approval" not in admin.get("/").content.decode()
    held = Grant.objects.get(pk=scene.ask(why=f"{convention.pk}:p2").grant)
    admin.post(staff(convention), {**given, "approved_until": (today + timedelta(days=10)).isoformat()})
    assert "Approval ends in 10 days" in admin.get(staff(convention)).content.decode()
    assert f"{convention.title}: the approval of 1 person ends" in admin.get("/").content.decode()
    row = Designation.objects.get(convention=convention)
    assert admin.post(f"{staff(convention)}{row.pk}/withdraw/").status_code == 302
    held.refresh_from_db()
    assert (held.state, held.reason) == ("closed", "designation-withdrawn")
    assert scene.bob.post("/video/ask/", asked).status_code == 422
    assert admin.post(f"{staff(convention)}{row.pk}/withdraw/").status_code == 404
    assert kinds("staff.")[-3:] == ["staff.designated", "staff.designated", "staff.withdrawn"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"approved_until": "2020-01-01"}, "That day is over."),
        ({"who": ""}, "This field is required."),
        ({"who": "lea"}, "not one of the available choices"),
    ],
)
def test_only_an_officer_and_a_day_to_come_are_taken(scene: Scene, changes: dict[str, str], expected: str) -> None:
    here = scene.here
    given = {"who": f"{here.police.pk}:{here.bob.pk}", "approved_until": "2099-01-01", **changes}
    given["who"] = given["who"].replace("lea", f"{here.landlord.pk}:{here.lea.pk}")
    answer = client(here.administrator).post(staff(scene.lent.convention), given)
    assert answer.status_code == 422
    assert expected in answer.content.decode()


def test_the_desk_of_the_service_names_its_own_and_nobody_else_does(scene: Scene) -> None:
    here, path = scene.here, staff(scene.lent.convention)
    chief = make_member("Chief", here.police, Role.DISPATCHER)
    assert "Bob" in client(chief).get(path).content.decode()
    for person in (here.alice, here.bob, here.lea):
        assert client(person).get(path).status_code == 404
    row = Designation.objects.get(convention=scene.lent.convention)
    assert client(here.lea).post(f"{path}{row.pk}/withdraw/").status_code == 404
    assert "Bob" not in client(here.lea).get(f"/conventions/{scene.lent.convention.pk}/").content.decode()
    assert client(chief).post(f"{path}{row.pk}/withdraw/").status_code == 302


def test_the_sheet_is_had_as_a_pdf_and_leads_back_to_the_page(scene: Scene, settings: Settings) -> None:
    convention, lea = sign(scene, "charenton"), client(scene.here.lea)
    path = f"/conventions/{convention.pk}/"
    page = lea.get(f"{path}paper/").content.decode()
    address = f"{settings.BEFFROI_PUBLIC_URL}{path}"
    assert str(qr(address, "Address of this convention")) in page
    assert all(name in page for name in (scene.here.police.name, scene.here.landlord.name, "Préfecture"))
    paper = lea.get(f"{path}paper/?format=pdf")
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")
