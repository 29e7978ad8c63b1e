"""One act on several reports: chosen, told once, each by its own act; what could not be done is said, and what was is undone."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority, Organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.systems.reports.actions import batches
from beffroi.systems.reports.actions.handling import Said, hand_over, mend_report, stage_report
from beffroi.systems.reports.actions.wordings import keep_wordings
from beffroi.systems.reports.factories import make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Batch, Category, Line, Report, Shortlisted, Wording
from beffroi.systems.reports.rules import Stage, Telling

pytestmark = pytest.mark.usefixtures("own_database")
NEW = "/reports/queue/batch/"
HOUR = timedelta(hours=1)


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.fixture
def town(own_database: ConnectionInfo) -> Authority:
    authority = make_authority()
    switched_on(authority.id)
    return authority


@pytest.fixture
def alice(town: Authority) -> Person:
    return make_member("Alice", town.organisation, Role.AGENT)


@pytest.fixture
def desk(alice: Person) -> Client:
    return as_(alice)


@pytest.fixture
def hole(town: Authority) -> Category:
    return make_category(town.id)


@pytest.fixture
def firm(town: Authority, hole: Category) -> Organisation:
    row = make_organisation("Fibre 77")
    make_convention(town.pk, row.pk, [hole], until=utc_now() + timedelta(days=9))
    return row


def fresh(*reports: Report) -> list[Report]:
    return [Report.objects.get(pk=report.pk) for report in reports]


def choose(client: Client, act: str, *reports: Report, asked: str = "", **told: str) -> str:
    """The address of what was begun, or where one was sent back to."""
    answer = client.post(f"{NEW}{asked}", {"act": act, "chosen": [str(row.pk) for row in reports], **told})
    assert answer.status_code == 302
    return answer["Location"]


def tell(client: Client, address: str, **told: str) -> str:
    return client.post(address, told, follow=True).content.decode()


def undo(client: Client, address: str) -> str:
    # A press is told from the one before by its content, as a page drawn afresh would.
    return tell(client, address, act="undo", drawn=uuid4().hex)


def test_the_simplest_act_needs_nothing_more_and_is_undone(desk: Client, hole: Category) -> None:
    now = utc_now()
    one, two, done = reported(hole), reported(hole), reported(hole)
    mend_report(report=done, said=Said("Fait."), by=None, now=now)
    address = choose(desk, "acknowledge", one, two, done, asked="?late=")
    said = desk.get(address).content.decode()
    assert "Done with 2 reports." in said
    assert "1 report stays as it is" in said
    assert done.reference in said
    assert "at another stage by now" in said
    assert 'href="/reports/?late="' in said
    assert [row.stage for row in fresh(one, two, done)] == ["acknowledged", "acknowledged", "done"]
    assert "All of them are as they were before." in undo(desk, address)
    assert [row.stage for row in fresh(one, two, done)] == ["received", "received", "done"]
    assert "All of them" in undo(desk, address)  # once only
    assert Entry.objects.filter(kind="report.staged").count() == 4


def test_what_an_act_needs_is_asked_once_and_what_was_typed_is_kept(desk: Client, hole: Category) -> None:
    one, two = reported(hole), reported(hole)
    address = choose(desk, "decline", one, two)
    assert "Do it with 2 reports" in desk.get(address).content.decode()
    wrong = desk.post(address, {"reason": "not-ours", "text": "Voyez là-bas."})
    assert wrong.status_code == 422
    assert "Voyez là-bas." in wrong.content.decode()
    assert [row.stage for row in fresh(one, two)] == ["received", "received"]
    said = tell(desk, address, reason="nothing-found", text="Rien vu pour {reference}.")
    assert "Done with 2 reports." in said
    words = Line.objects.filter(kind="closed").order_by("text").values_list("text", flat=True)
    assert sorted(words) == sorted(f"Rien vu pour {row.reference}." for row in (one, two))
    undo(desk, address)
    assert [(row.stage, row.due_at) for row in fresh(one, two)] == [
        (Stage.ACKNOWLEDGED, one.due_at),
        (Stage.ACKNOWLEDGED, two.due_at),
    ]


def test_a_ready_made_answer_is_said_of_each_where_no_words_are_typed(desk: Client, hole: Category) -> None:
    one, two = reported(hole), reported(hole)
    text, acts = "{category} {reference} : rebouché.", [Telling.DONE.value]
    answer = Wording(authority_id=hole.authority_id, label="Rebouché", text=text, acts=acts)
    keep_wordings(wordings=[answer], by=None, now=utc_now())
    address = choose(desk, "done", one, two)
    assert "Rebouché" in desk.get(address).content.decode()
    assert desk.post(address, {"text": " "}).status_code == 422
    assert "Done with 2 reports." in tell(desk, address, wording=str(answer.pk))
    said = Line.objects.filter(kind="closed").values_list("text", flat=True)
    assert sorted(said) == sorted(f"Nid-de-poule {row.reference} : rebouché." for row in (one, two))


def test_stages_hands_and_owners_go_back_to_what_each_was(
    desk: Client, alice: Person, hole: Category, firm: Organisation
) -> None:
    one, two = reported(hole), reported(hole)
    tell(desk, choose(desk, "assign", one), person=str(alice.pk))
    planned = choose(desk, "stage", one, two)
    assert "Say which day" in desk.post(planned, {"stage": "planned"}).content.decode()
    tell(desk, planned, stage="planned", planned_for="2026-12-01", private="on", text="Avec la nacelle")
    assert {str(row.planned_for) for row in fresh(one, two)} == {"2026-12-01"}
    assert not Line.objects.filter(text="Avec la nacelle", public=True).exists()
    handed = choose(desk, "hand", one, two)
    tell(desk, handed, to=str(firm.pk))
    assert {row.organisation_id for row in fresh(one, two)} == {firm.pk}
    undo(desk, handed)
    assert [(row.organisation_id, row.assigned_id) for row in fresh(one, two)] == [
        (one.organisation_id, alice.pk),
        (two.organisation_id, None),
    ]
    undo(desk, planned)
    assert [(row.stage, row.planned_for) for row in fresh(one, two)] == [("received", None), ("received", None)]


def test_what_somebody_went_on_with_is_not_undone(desk: Client, hole: Category) -> None:
    one, two = reported(hole), reported(hole)
    address = choose(desk, "acknowledge", one, two)
    tell(desk, choose(desk, "stage", one), stage="mending")
    said = undo(desk, address)
    assert "The others are as they were before." in said
    assert one.reference in said
    assert [row.stage for row in fresh(one, two)] == ["mending", "received"]


def test_several_are_joined_into_the_one_that_goes_on_and_taken_apart(desk: Client, hole: Category) -> None:
    main, two, three = reported(hole), reported(hole), reported(hole)
    assert choose(desk, "merge", main) == "/reports/"
    address = choose(desk, "merge", two, main, three)
    assert "Done with 2 reports." in tell(desk, address, into=str(main.pk))
    assert [row.into_id for row in fresh(main, two, three)] == [None, main.pk, main.pk]
    undo(desk, address)
    assert [(row.into_id, row.stage) for row in fresh(two, three)] == [(None, "acknowledged"), (None, "acknowledged")]


def test_a_priority_has_no_way_back(desk: Client, hole: Category) -> None:
    row = reported(hole)
    said = tell(desk, choose(desk, "rate", row), priority="2")
    assert fresh(row)[0].priority == 2
    assert "There is no way back from this" in said
    assert 'value="undo"' not in said


def test_all_that_the_list_holds_and_no_more_than_five_hundred(
    desk: Client, hole: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utc_now()
    late = [reported(hole, now=now - (50 + hours) * HOUR) for hours in range(3)]
    other = reported(hole, now=now)
    answer = desk.post(f"{NEW}?late=on", {"act": "acknowledge", "all": "on"}, follow=True).content.decode()
    assert "Done with 3 reports." in answer
    assert {row.stage for row in fresh(*late)} == {"acknowledged"}
    assert fresh(other)[0].stage == "received"
    monkeypatch.setattr("beffroi.systems.reports.queries.batches.MOST", 2)
    answer = desk.post(NEW, {"act": "shortlist", "all": "on"}, follow=True).content.decode()
    assert "Five hundred at a time" in answer
    assert Shortlisted.objects.count() == 2


def test_many_are_done_part_by_part(desk: Client, hole: Category, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "A_SLICE", 2)
    rows = [reported(hole) for _number in range(5)]
    address = choose(desk, "acknowledge", *rows)
    page = desk.get(address).content.decode()
    assert "2 of 5" in page
    assert 'hx-trigger="load' in page
    assert "4 of 5" in tell(desk, address, drawn="1")
    assert "Done with 5 reports." in tell(desk, address, drawn="2")
    assert {row.stage for row in fresh(*rows)} == {"acknowledged"}


def test_another_answer_that_is_at_it_is_left_alone_until_it_is_lost(desk: Client, hole: Category) -> None:
    row = reported(hole)
    address = choose(desk, "decline", row)
    batch = Batch.objects.get()
    now = utc_now()
    batches.begin_batch(batch=batch, values={"reason": "refused", "text": "Non."}, now=now)
    assert batches.claim_slice(batch=batch, now=now) == [row.pk]
    assert "0 of 1" in tell(desk, address, drawn="1")
    assert fresh(row)[0].stage == "received"
    Batch.objects.get()
    assert batches.claim_slice(batch=batch, now=now + batches.BUSY) == [row.pk]


def test_each_does_what_is_theirs_and_reads_their_own_only(
    town: Authority, desk: Client, hole: Category, firm: Organisation
) -> None:
    bob, charlie = make_member("Bob", firm, Role.DISPATCHER), make_person("Charlie")
    theirs, other = reported(hole), reported(hole)
    hand_over(report=theirs, organisation=firm.pk, team=None, by=None, now=utc_now())
    page = as_(bob).get("/reports/").content.decode()
    assert 'value="acknowledge"' in page
    assert 'value="decline"' not in page
    address = choose(as_(bob), "acknowledge", theirs, other)
    assert [row.stage for row in fresh(theirs, other)] == ["acknowledged", "received"]
    said = tell(as_(bob), choose(as_(bob), "decline", theirs), reason="refused", text="Non.")
    assert "isn’t yours to do" in said
    assert fresh(theirs)[0].stage == "acknowledged"
    assert desk.get(address).status_code == 404
    assert as_(charlie).post(NEW, {"act": "acknowledge", "all": "on"}).status_code == 404
    assert choose(desk, "nonsense", theirs) == "/reports/"
    assert "Choose some reports first." in desk.post(NEW, {"act": "hand"}, follow=True).content.decode()


def test_whoever_has_it_in_charge_says_who_of_theirs_sees_to_it(
    desk: Client, hole: Category, firm: Organisation
) -> None:
    bob, karim = as_(make_member("Bob", firm, Role.DISPATCHER)), make_member("Karim", firm, Role.TECHNICIAN)
    theirs, ours = reported(hole), reported(hole)
    hand_over(report=theirs, organisation=firm.pk, team=None, by=None, now=utc_now())
    tell(bob, choose(bob, "assign", theirs), person=str(karim.pk))
    said = tell(desk, choose(desk, "assign", theirs, ours), person="")
    assert "Done with 1 report." in said
    assert "isn’t yours to do" in said
    assert fresh(theirs)[0].assigned_id == karim.pk


def test_what_was_closed_once_more_is_not_opened_by_undoing(desk: Client, hole: Category) -> None:
    row = reported(hole)
    address = choose(desk, "done", row)
    tell(desk, address, text="Fait.")
    desk.post(f"/reports/{row.pk}/reopen/", {"text": "Il est revenu."})
    mend_report(report=row, said=Said("Refait, pour de bon."), by=None, now=utc_now())
    assert row.reference in undo(desk, address)
    assert fresh(row)[0].stage == "done"


def test_what_was_done_before_an_answer_broke_off_is_known(
    desk: Client, hole: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = reported(hole), reported(hole)

    def broken(*, report: Report, **told: object) -> Report:
        if report.pk == two.pk:
            raise RuntimeError("the machine stops")
        return stage_report(report=report, **told)  # type: ignore[arg-type]  # as it was called

    with monkeypatch.context() as patch:
        patch.setattr("beffroi.systems.reports.pages.bulk.stage_report", broken)
        with pytest.raises(RuntimeError):
            choose(desk, "acknowledge", one, two)
    batch = Batch.objects.get()
    address = f"{NEW}{batch.pk}/"
    assert "delay:2s" in desk.get(address).content.decode(), "another answer may be at it: ask slowly"
    assert batches.claim_slice(batch=batch, now=utc_now()) == []
    with writing():
        Batch.objects.update(busy_until=None)
    assert "Done with 2 reports." in tell(desk, address, drawn="1")
    undo(desk, address)
    assert [row.stage for row in fresh(one, two)] == ["received", "received"]


def test_the_list_offers_its_keys_and_its_acts(desk: Client, hole: Category) -> None:
    reported(hole)
    page = desk.get("/reports/?late=&page=1").content.decode()
    assert re.search(r'action="/reports/queue/batch/\?late="', page)
    assert 'id="desk-keys"' in page
    assert page.count('name="act"') == 9
