"""Audiences, rosters, steps and preferences, through their forms: complete, with what can be undone undone."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience
from beffroi.kernel.alerts.factories import FORCED, LATE, OPEN, Watch, leave, ring, told, watch
from beffroi.kernel.alerts.models import Audience, Preference, Roster, RosterSwap
from beffroi.kernel.alerts.queries.recipients import rungs
from beffroi.kernel.register.models import Entry


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def sent(person: Person, path: str, fields: Mapping[str, object]) -> str:
    answer = as_(person).post(path, dict(fields), follow=True)
    assert answer.status_code in (200, 422), answer.status_code
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def seen(person: Person, path: str) -> str:
    answer = as_(person).get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.mark.django_db
class TestAudiences:
    def test_drawn_up_filled_renamed_emptied_given_up_and_taken_up(self, here: Watch) -> None:
        admin = here.administrator
        assert "Say who is in it" in sent(admin, "/told/audiences/add/", {"name": "Night watch", "convention": ""})
        row = Audience.objects.get(name="Night watch")
        path = f"/told/audiences/{row.pk}/"
        assert "Nobody now" in seen(admin, path)
        assert "Added." in sent(admin, path + "lines/", {"whom": f"person:{here.opal.pk}", "role": ""})
        assert "already" in sent(admin, path + "lines/", {"whom": f"person:{here.opal.pk}", "role": ""})
        whom = f"organisation:{here.partner.pk}"
        assert "dispatcher" in sent(admin, path + "lines/", {"whom": whom, "role": "dispatcher"})
        assert "2 people now" in seen(here.alice, path)
        assert "Choose one of those that are found." in sent(admin, path + "lines/", {"whom": f"person:{here.tess.pk}"})
        line = row.members.get(kind="person")
        assert "Removed." in sent(admin, f"{path}lines/{line.pk}/", {})
        assert "1 person now" in seen(admin, path)
        assert "Saved." in sent(admin, path, {"name": "The desk", "convention": str(here.convention.pk)})
        sent(admin, path + "retire/", {})
        row.refresh_from_db()
        assert row.retired_at is not None
        assert "in use again" in sent(admin, path + "restore/", {})
        assert Entry.objects.filter(kind="audience.changed").count() == 7

    def test_one_that_alerts_are_told_to_is_kept(self, here: Watch, now: datetime) -> None:
        row = draw_up_audience(authority=here.authority.pk, name="Night watch", convention=None, now=now, by=None)
        sent(here.administrator, f"/told/of/meaux/kinds/{FORCED}/", {"whom_1": f"audience:{row.pk}", "wait_1": "5"})
        assert "change their steps first" in sent(here.administrator, f"/told/audiences/{row.pk}/retire/", {})


@pytest.mark.django_db
class TestSteps:
    def test_each_kind_says_whom_it_would_reach_now(self, here: Watch) -> None:
        text = seen(here.alice, "/told/of/meaux/") + seen(here.alice, "/told/of/meaux/?page=2")
        assert "operators who watch for the authority 1 person now Police of meaux (1) 5 min" in text
        assert "Depends on the alert" in text
        assert "Change the steps" not in text, "an agent reads"

    def test_other_steps_and_back(self, here: Watch, now: datetime) -> None:
        path = f"/told/of/meaux/kinds/{FORCED}/"
        answer = sent(here.administrator, path, {"whom_1": "target:agents", "whom_2": "target:operators"})
        assert "Say how long, or step 2 is never told." in answer
        fields = {"whom_1": "target:agents", "wait_1": "3", "whom_2": "target:operators", "wait_2": ""}
        assert "Saved" in sent(here.administrator, path, fields)
        found = rungs(authority=here.authority.pk, kind=FORCED, convention=None)
        assert [(rung.target, rung.wait) for rung in found] == [("agents", timedelta(minutes=3)), ("operators", None)]
        assert told(ring(here, now=now).notice) == {"Alice"}
        sent(here.administrator, path, {"own": "1"})
        assert rungs(authority=here.authority.pk, kind=FORCED, convention=None)[0].target == "operators"

    def test_a_convention_says_otherwise_for_its_own_things(self, here: Watch, now: datetime) -> None:
        path = f"/told/of/meaux/kinds/{OPEN}/?convention={here.convention.pk}"
        assert "Under the convention" in seen(here.administrator, path)
        sent(here.administrator, path, {"whom_1": "target:partners", "wait_1": ""})
        assert told(ring(here, now=now, kind=OPEN).notice) == {"Bob", "Tess"}
        assert "Under the convention" in seen(here.administrator, "/told/of/meaux/")

    def test_what_does_not_exist(self, here: Watch) -> None:
        for path in ("/told/of/meaux/kinds/no.such/", f"/told/kinds/{FORCED}/?convention=nonsense"):
            assert as_(here.administrator).get(path).status_code == 404


@pytest.mark.django_db
class TestRosters:
    def test_drawn_up_filled_swapped_and_undone(self, here: Watch, now: datetime) -> None:
        admin = here.administrator
        sent(admin, "/told/rosters/add/", {"name": "On call", "continuous": "on"})
        row = Roster.objects.get(name="On call")
        path = f"/told/rosters/{row.pk}/"
        assert "Nobody is on duty at 1 time" in seen(admin, path)
        fields = {
            "slot-person": str(here.opal.pk),
            "slot-days": ["0", "1", "2", "3", "4", "5", "6"],
            "slot-starts": "00:00",
            "slot-ends": "00:00",
            "slot-first": "2026-01-01",
        }
        assert "Written down." in sent(admin, path + "hours/", fields)
        assert row.slots.count() == 7
        text = seen(here.opal, path)
        assert "The next 14 days are covered." in text
        assert here.opal.name in text
        assert here.opal.name in seen(here.alice, "/told/rosters/")
        tomorrow = (now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
        after = (now + timedelta(days=1, hours=4)).strftime("%Y-%m-%dT%H:%M")
        away = {"swap-starts": tomorrow, "swap-ends": after, "swap-leaves": str(here.opal.pk), "swap-takes": ""}
        assert "Nobody is on duty at 1 time" in sent(here.opal, path + "swaps/", away)
        assert "Nobody on duty" in seen(admin, "/alerts/")
        exchange = RosterSwap.objects.get()
        assert "The next 14 days are covered." in sent(here.opal, f"{path}swaps/{exchange.pk}/", {})
        assert "Undone" in seen(here.opal, path)
        slot = row.slots.order_by("day").first()
        assert slot is not None
        assert "These hours end today." in sent(admin, f"{path}hours/{slot.pk}/", {})
        assert "Saved." in sent(admin, path + "alter/", {"name": "Nights"})
        assert "The roster is given up." in sent(admin, path + "retire/", {})
        assert as_(admin).get(path).status_code == 404

    def test_what_makes_no_sense_is_said_beside_its_field(self, here: Watch) -> None:
        admin = here.administrator
        sent(admin, "/told/rosters/add/", {"name": "On call"})
        path = f"/told/rosters/{Roster.objects.get().pk}/"
        backwards = {"swap-starts": "2027-01-02T10:00", "swap-ends": "2027-01-01T10:00"}
        text = sent(admin, path + "swaps/", backwards)
        assert "The end comes before the beginning." in text
        assert "Name who leaves, who takes their place, or both." in text
        assert "To correct:" in text
        fields = {"slot-person": str(here.tess.pk), "slot-days": ["0"], "slot-starts": "08:00", "slot-ends": "x"}
        assert "Choose one of those that are found." in sent(admin, path + "hours/", fields), (
            "a partner's worker is nobody's to name"
        )
        assert seen(admin, path + "?week=nonsense")


@pytest.mark.django_db
class TestPreferences:
    def test_ones_own(self, here: Watch) -> None:
        fields = {"push": "on", "mail": "always", "quiet_starts": "21:00", "quiet_ends": "07:00"}
        assert "Saved." in sent(here.tess, "/alerts/preferences/", fields)
        row = Preference.objects.get(person=here.tess)
        assert (row.mail, row.quiet_starts.hour if row.quiet_starts else None, row.days_off) == ("always", 21, False)
        assert "Give both hours" in sent(here.tess, "/alerts/preferences/", {**fields, "quiet_ends": ""})
        assert "habits hold again" in sent(here.tess, "/alerts/preferences/", {"clear": "1"})
        assert not Preference.objects.exists()

    def test_an_organisations(self, here: Watch, now: datetime) -> None:
        pk = here.partner.pk
        fields = {f"{pk}-quiet_starts": "21:00", f"{pk}-quiet_ends": "07:00"}
        assert "Saved." in sent(here.bob, f"/alerts/preferences/{pk}/", fields)
        assert "Quiet from" in seen(here.tess, "/alerts/preferences/")
        assert "Give both hours" in sent(here.bob, f"/alerts/preferences/{pk}/", {f"{pk}-quiet_starts": "21:00"})
        assert as_(here.tess).post(f"/alerts/preferences/{pk}/", fields).status_code == 404
        leave(here.bob, now)
        assert as_(here.bob).get("/alerts/preferences/").status_code == 403, "their last role has ended"


@pytest.mark.django_db
def test_an_audience_of_everything_reaches_each_person_once(here: Watch, now: datetime) -> None:
    row = draw_up_audience(authority=here.authority.pk, name="All", convention=None, now=now, by=None)
    for organisation in (here.authority.organisation_id, here.police.pk, here.partner.pk):
        add_to_audience(audience=row, organisation=organisation, now=now, by=None)
    assert "5 people now" in seen(here.alice, f"/told/audiences/{row.pk}/")
    sent(here.administrator, f"/told/of/meaux/kinds/{LATE}/", {"whom_1": f"audience:{row.pk}", "wait_1": ""})
    assert told(ring(here, now=now, kind=LATE).notice) == {"Admin", "Alice", "Opal", "Bob", "Tess"}


def test_a_name_is_taken_once(own_database: ConnectionInfo, now: datetime) -> None:
    here = watch(now=now)
    for kind, words in (
        ("audiences", "Another audience bears this name."),
        ("rosters", "Another roster bears this name."),
    ):
        for name in ("Night watch", "Day watch", "Night watch"):
            answer = sent(here.administrator, f"/told/{kind}/add/", {"name": name, "convention": ""})
        assert words in answer
    day = Audience.objects.get(name="Day watch")
    fields = {"name": "Night watch", "convention": ""}
    assert "Another audience bears this name." in sent(here.administrator, f"/told/audiences/{day.pk}/", fields)
    night = Audience.objects.get(name="Night watch")
    sent(here.administrator, f"/told/audiences/{night.pk}/retire/", {})
    assert "Saved." in sent(here.administrator, f"/told/audiences/{day.pk}/", fields), "free once it is given up"
    answer = sent(here.administrator, f"/told/audiences/{night.pk}/restore/", {})
    assert "Another audience bears this name." in answer


@pytest.mark.django_db
def test_each_word_of_state_begins_alike(here: Watch) -> None:
    page = as_(here.administrator).get("/told/of/meaux/").content.decode()
    words = [
        " ".join(re.sub(r"<[^>]+>", " ", each).split())
        for each in re.findall(r'class="pill[^>]*>(.*?)</span>', page, re.DOTALL)
    ]
    assert {"Immediate", "Soon", "Depends on the alert"} <= set(words)
    assert [word for word in words if word[0].islower()] == []
