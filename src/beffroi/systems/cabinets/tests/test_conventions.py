"""A convention through its pages: written, looked over in plain words, signed, copied, ended."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from django.utils.timezone import localtime

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.grants.models import Convention, ConventionDraft
from beffroi.kernel.register.actions import record
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.cabinets.actions.cabinets import add_cabinet, give_work_order
from beffroi.systems.cabinets.factories import Street, make_cabinet, street

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(tmp_path: Path) -> Street:
    return street(tmp_path, now=utc_now())


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def words(content: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", content.decode()).split())


def fields(here: Street, **changes: str) -> dict[str, object]:
    """The form as it is filled in; `rows` says how many purposes."""
    today = localtime(utc_now()).date()
    return {
        "partner": str(here.operator.pk),
        "title": "Cabinets 2026",
        "valid_from": today.isoformat(),
        "valid_until": (today + timedelta(days=365)).isoformat(),
        "transports": ["local"],
        "list_age": "48",
        "list_old": "flag",
        "time_unknown": "refuse",
        "rows": "2",
        **{
            f"purpose-{number}-{name}": value
            for number, label in enumerate(["Repair", "Connection of a customer"])
            for name, value in {
                "label": label,
                "legal_text": "CPCE",
                "legal_article": "L34-8-3",
                "legal_version_on": "2021-12-25",
                "least": "15",
                "most": "720",
            }.items()
        },
        **changes,
    }


def begun(here: Street, client: Client, beginning: str = "cabinets:") -> str:
    given = {"beginning": beginning}
    answer = client.post("/conventions/add/", given)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def lock_of(here: Street) -> UUID:
    assert here.cabinet.lock_id is not None
    return here.cabinet.lock_id


def test_it_is_written_looked_over_signed_copied_and_ended(here: Street) -> None:
    admin = as_(here.administrator)
    path = begun(here, admin)
    said = words(admin.post(path, fields(here), headers={"hx-request": "true"}).content)
    assert "nobody may do anything under it" in said
    assert admin.post(f"{path}things/", {"act": "all"}).status_code == 302
    said = words(admin.post(path, fields(here), headers={"hx-request": "true"}).content)
    assert f"the dispatchers of {here.operator.name} may give a technician" in said
    assert "For “Connection of a customer” (CPCE, L34-8-3" in said
    assert "A lock without news of lost phones for 48 h opens, and marks the opening." in said
    before = Convention.objects.count()
    signed = admin.post(path, fields(here, act="sign"))
    assert Convention.objects.count() == before + 1
    page = words(admin.get(signed["Location"]).content)
    assert "The convention is signed" in page
    assert "For “Connection of a customer” (CPCE, L34-8-3" in page, "the words are those of the form"
    again = admin.post(path, fields(here, act="sign"))
    assert again["Location"] == signed["Location"]
    assert Convention.objects.count() == before + 1, "sent twice, signed once"
    row = Convention.objects.get(title="Cabinets 2026")
    assert [each.label for each in row.purposes.order_by("id")] == ["Repair", "Connection of a customer"]
    assert list(row.resources.values_list("resource", flat=True)) == [here.cabinet.lock_id]
    copied = admin.post(f"{signed['Location']}renew/")["Location"]
    page = admin.get(copied).content.decode()
    assert 'value="Cabinets 2026"' in page
    assert f'value="{localtime(utc_now() + timedelta(days=366)).date().isoformat()}"' in page, "the day after the last"
    assert ConventionDraft.objects.get().resources == [here.cabinet.lock_id]
    assert admin.post(f"{signed['Location']}end/").status_code == 302
    assert "before its date" in words(admin.get(signed["Location"]).content)
    kinds = Entry.objects.filter(kind__startswith="convention.").order_by("number").values_list("kind", flat=True)
    assert list(kinds)[-3:] == ["convention.signed", "convention.covered", "convention.ended"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"purpose-0-most": "1500"}, "less than or equal to 1440"),
        ({"purpose-1-least": "60", "purpose-1-most": "30"}, "This is shorter than the least."),
        ({"valid_until": "2020-01-01"}, "The end comes before the beginning."),
        ({"partner": ""}, "This field is required."),
        ({"rows": "0"}, "A convention admits at least one purpose: add one."),
    ],
)
def test_what_does_not_hold_together_is_not_signed_and_is_kept(
    here: Street, changes: dict[str, str], expected: str
) -> None:
    admin = as_(here.administrator)
    path = begun(here, admin)
    before = Convention.objects.count()
    answer = admin.post(path, fields(here, act="sign", **changes))
    assert answer.status_code == 422
    assert expected in answer.content.decode()
    assert Convention.objects.count() == before
    assert 'value="Cabinets 2026"' in admin.get(path).content.decode(), "what was typed is there another day"


def test_purposes_are_added_and_taken_out_without_a_script(here: Street) -> None:
    admin = as_(here.administrator)
    path = begun(here, admin)
    page = admin.post(path, fields(here, act="more"), follow=True).content.decode()
    assert 'name="purpose-2-legal_article" value="L34-8-3"' in page, "the basis of the one before"
    page = admin.post(path, {**fields(here), "act": "less:0"}, follow=True).content.decode()
    assert 'name="purpose-0-label" value="Connection of a customer"' in page
    assert 'name="purpose-1-label"' not in page


def test_a_template_brings_the_usual_purposes(here: Street) -> None:
    admin = as_(here.administrator)
    page = words(admin.get(begun(here, admin, "cabinets:fibre")).content)
    assert "the legal basis of 3 purposes" in page, "whoever signs has read the text, and says which version"


def test_things_are_chosen_by_search_by_hand_and_from_a_list(here: Street) -> None:
    admin = as_(here.administrator)
    path = begun(here, admin)
    bare = add_cabinet(
        authority=here.town.authority.pk,
        operator=here.operator.pk,
        reference="PM-77284-0999",
        address="rue sans serrure",
        latitude=48.9,
        longitude=2.9,
        by=here.administrator.pk,
        now=utc_now(),
    )
    draft = ConventionDraft.objects.get()
    listed = admin.get(f"{path}things/").content.decode()
    assert here.cabinet.reference in listed
    assert bare.reference not in listed, "without a lock there is nothing to have a right to"
    admin.post(f"{path}things/", {"act": "references", "references": here.cabinet.reference.lower()})
    draft.refresh_from_db()
    assert draft.resources == [here.cabinet.lock_id]
    unknown = admin.post(f"{path}things/", {"act": "references", "references": f"{bare.reference}\nPM-0"})
    assert unknown.status_code == 422
    assert f"{bare.reference}, PM-0" in unknown.content.decode()
    admin.post(f"{path}things/", {"act": "page", "shown": str(lock_of(here))})
    draft.refresh_from_db()
    assert draft.resources == [], "shown and not ticked"
    admin.post(f"{path}things/?q=nowhere", {"act": "all"})
    draft.refresh_from_db()
    assert draft.resources == []


def test_ticks_are_kept_when_the_page_is_turned_and_a_list_is_narrowed_by_operator(here: Street) -> None:
    admin = as_(here.administrator)
    path = begun(here, admin)
    assert 'name="group"' not in admin.get(f"{path}things/").content.decode(), "one operator: nothing to narrow by"
    other = make_organisation("Another operator")
    numbers = range(100, 160)
    for number in numbers:
        make_cabinet(
            here.town, other, here.convention, now=utc_now(), by=here.administrator, reference=f"PM-77284-{number:04}"
        )
    first = admin.get(f"{path}things/?group=Another+operator")
    assert "60 found" in words(first.content)
    assert here.cabinet.reference not in first.content.decode()
    shown = re.findall(r'name="shown" value="([^"]+)"', first.content.decode())
    turned = admin.post(
        f"{path}things/?group=Another+operator", {"act": "turn:2", "shown": shown, "thing": shown[:3]}, follow=True
    )
    assert turned.redirect_chain[-1][0].endswith("things/?group=Another+operator&page=2")
    assert "Page 2 of 2" in words(turned.content)
    assert {str(each) for each in ConventionDraft.objects.get().resources} == set(shown[:3])
    admin.post(f"{path}things/?group=Another+operator", {"act": "all"})
    assert len(ConventionDraft.objects.get().resources) == len(numbers)
    assert admin.get(f"{path}things/?page=1e9&group=nobody").status_code == 200
    assert admin.post(f"{path}things/", {"act": "turn:no", "shown": shown}, follow=True).status_code == 200


def test_a_draft_is_thrown_away_and_taken_up_again(here: Street) -> None:
    admin = as_(here.administrator)
    path = begun(here, admin)
    admin.post(f"{path}drop/")
    assert "Thrown away" in words(admin.get("/conventions/").content)
    assert "This draft was thrown away" in words(admin.post(path, fields(here, act="sign")).content)
    assert ConventionDraft.objects.filter(dropped_at__isnull=False).exists()
    admin.post(f"{path}drop/", {"act": "again"})
    assert ConventionDraft.objects.filter(dropped_at__isnull=True).exists()


def test_drafts_are_the_administrators_and_conventions_their_parties(here: Street) -> None:
    path = begun(here, as_(here.administrator))
    stranger = make_member("Charlie", here.operator, Role.TECHNICIAN)
    for person in (here.alice, here.bob, stranger):
        assert as_(person).get(path).status_code == 404
        assert as_(person).get(f"{path}paper/").status_code == 404
    convention = f"/conventions/{here.convention.pk}/"
    for part in ("", "things/", "paper/"):
        page = as_(here.bob).get(convention + part)
        assert page.status_code == 200
        assert here.technician.email not in page.content.decode()
    assert as_(here.bob).post(f"{convention}renew/").status_code == 404


def test_the_register_is_searched_for_what_was_done_under_a_convention(here: Street) -> None:
    now = utc_now()
    given = give_work_order(
        cabinet=here.cabinet,
        convention=here.convention.pk,
        purpose="repair",
        technician=here.technician.pk,
        organisation=here.operator.pk,
        starts=now,
        ends=now + timedelta(hours=1),
        reference="",
        by=here.bob.pk,
        now=now,
    )
    assert isinstance(given, UUID)
    with transaction.atomic():
        record(kind="grant.closed", authority=here.town.authority.pk, by=None, fields={"reason": "test"}, grant=given)
    admin = as_(here.administrator)
    page = admin.get(f"/conventions/{here.convention.pk}/").content.decode()
    found = re.search(r'href="(/entries/of/[^"]+)"', page)
    assert found is not None
    text = words(admin.get(found.group(1).replace("&amp;", "&")).content)
    assert "A right was asked for, and the convention admits it." in text
    assert "A right ended before its time." in text, "what was done with a right was done under its convention"
    assert "/entries/of/" not in as_(here.bob).get(f"/conventions/{here.convention.pk}/").content.decode()
