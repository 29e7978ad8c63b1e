"""Who telephones whom: posts with their numbers in the order of the steps; a person's own number only where they let it stand there."""

from datetime import date, datetime, time, timedelta

import pytest
from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience, set_policy
from beffroi.kernel.alerts.actions.mobiles import ask_code, give_up_number, let_print, lose_number, prove_number
from beffroi.kernel.alerts.actions.rosters import add_slot, alter_roster, draw_up_roster, swap
from beffroi.kernel.alerts.factories import Watch, watch
from beffroi.kernel.alerts.models import Mobile, Roster
from beffroi.kernel.alerts.queries.recipients import Rung
from beffroi.kernel.alerts.queries.rosters import has_turns, with_turns
from beffroi.kernel.alerts.rules import Target
from beffroi.kernel.register.models import Payload
from beffroi.kernel.territory.actions.memberships import end_membership
from beffroi.kernel.territory.actions.organisations import set_phone
from beffroi.kernel.territory.models import Membership
from beffroi.kernel.upkeep.queries.chains import chains
from beffroi.kernel.upkeep.queries.sheets import paper
from beffroi.lib.clock import utc_now

pytestmark = pytest.mark.django_db
KIND = "cabinets.forced"
FEW = timedelta(minutes=5)
POST, POLICE, DESK = "01 60 00 00 01", "01 60 00 00 17", "01 60 00 00 77"
OPAL, OTHER = "+33612345678", "+33712345678"
OPAL_DIALLED = "06\N{NO-BREAK SPACE}12\N{NO-BREAK SPACE}34\N{NO-BREAK SPACE}56\N{NO-BREAK SPACE}78"


@pytest.fixture
def now() -> datetime:
    return utc_now()


@pytest.fixture
def here(now: datetime) -> Watch:
    town = watch(now=now)
    set_phone(organisation=town.police, phone=POLICE, by=None, now=now)
    set_phone(organisation=town.partner, phone=DESK, by=None, now=now)
    return town


def post_of(here: Watch, now: datetime, phone: str = POST) -> Roster:
    """Opal's, at every hour."""
    roster = draw_up_roster(
        authority=here.authority.pk,
        name="Watch of the night",
        continuous=True,
        holidays_apart=False,
        phone=phone,
        now=now,
        by=None,
    )
    for day in range(7):
        add_slot(
            roster=roster,
            person=here.opal.pk,
            day=day,
            starts=time(0),
            ends=time(0),
            first=date(2026, 1, 1),
            last=None,
            now=now,
            by=None,
        )
    return roster


def with_number(person: Person, now: datetime, *, printed: bool) -> None:
    assert ask_code(number=OPAL, code="123456", now=now, by=person.pk) is None
    assert prove_number(code="123456", now=now, by=person.pk) is None
    assert let_print(printed=printed, by=person.pk)


def called(here: Watch, now: datetime, system: str = "cabinets") -> list[list[tuple[str, str]]]:
    """Whom one calls for what can't wait, link by link."""
    (chain,) = chains(here.authority, [system], now)
    assert KIND in chain.codes
    return [[(call.who, call.phone) for call in link] for link in chain.links]


def tell(here: Watch, now: datetime, *steps: Rung) -> None:
    set_policy(authority=here.authority.pk, kind=KIND, convention=None, steps=steps, now=now, by=None)


def test_a_kind_s_own_steps_are_posts_with_their_numbers_and_end_with_the_administrators(
    here: Watch, now: datetime
) -> None:
    here.authority.phone = "01 60 00 00 00"
    first, second, last = called(here, now)
    assert last[0][1] == second[0][1], "the town hall's again"
    assert first == [("Police of meaux", POLICE)]
    assert [phone for _who, phone in second] == ["01 60 00 00 00"], "agents answer where the town hall does"
    (chain,) = chains(here.authority, ["cabinets"], now)
    assert [link[0].code for link in chain.links[1:]] == ["target:agents", "target:administrators"]


def test_the_town_s_own_steps_hold_and_a_step_without_time_is_the_last(here: Watch, now: datetime) -> None:
    roster = post_of(here, now)
    whole = draw_up_audience(authority=here.authority.pk, name="Mobilised", convention=None, now=now, by=None)
    add_to_audience(audience=whole, roster=roster.pk, now=now, by=None)
    tell(here, now, Rung(whole.pk, "", FEW), Rung(None, Target.CONVENTION, FEW), Rung(None, Target.OPERATORS, None))
    assert called(here, now) == [
        [("Watch of the night", POST)],
        [("Operator of meaux", DESK)],
        [("Police of meaux", POLICE)],
    ]


def test_a_step_that_reaches_nobody_is_passed(here: Watch, now: datetime) -> None:
    for post in Membership.objects.filter(person=here.opal):
        end_membership(membership=post, ends=now, by=None)
    assert not any("Police of meaux" in str(link) for link in called(here, now))


def test_only_systems_on_the_sheet_have_their_chain(here: Watch, now: datetime) -> None:
    assert chains(here.authority, ["lighting"], now) == []
    tell(here, now, Rung(None, Target.ADMINISTRATORS, None))
    assert chains(here.authority, ["cabinets"], now) == [], "nor what is for the administrators alone"
    assert paper(here.authority, now).chains == (), "none is switched on"


def test_a_number_of_one_s_own_stands_there_for_whoever_lets_it(here: Watch, now: datetime) -> None:
    post_of(here, now)
    with_number(here.opal, now, printed=False)
    (duties,) = paper(here.authority, now).duties
    assert duties.phone == POST
    assert {turn.phone for day in duties.days for turn in day.turns} == {""}
    assert let_print(printed=True, by=here.opal.pk)
    (duties,) = paper(here.authority, now).duties
    assert {turn.phone for day in duties.days for turn in day.turns} == {OPAL_DIALLED}
    watching = Client(headers={"accept-language": "en"})
    watching.force_login(here.opal)
    page = watching.get(f"/degraded/{here.authority.slug}/").text
    assert f"Watch of the night: {POST}" in page
    assert f"{here.opal.name} · {OPAL_DIALLED}" in page
    assert OPAL not in str(list(Payload.objects.values_list("fields", flat=True)))


def test_a_number_that_is_given_up_lost_or_another_is_printed_no_more(here: Watch, now: datetime) -> None:
    with_number(here.opal, now, printed=True)
    give_up_number(by=here.opal.pk)
    assert not Mobile.objects.get().printed
    with_number(here.opal, now + FEW, printed=True)
    assert ask_code(number="+33712345678", code="123456", now=now + FEW * 2, by=here.opal.pk) is None
    assert prove_number(code="123456", now=now + FEW * 2, by=here.opal.pk) is None
    assert not Mobile.objects.get().printed, "another number is another thing to print"
    assert let_print(printed=True, by=here.opal.pk)
    lose_number(number="+33712345678", delivery=here.opal.pk, now=now)
    assert Mobile.objects.get().printed, "a report about nobody's message changes nothing"
    assert not let_print(printed=True, by=here.alice.pk), "who has no number has none to print"


def own_page(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def test_it_is_its_owner_s_to_say_on_their_own_page(here: Watch, now: datetime) -> None:
    post_of(here, now)
    with_number(here.opal, now, printed=False)
    opal = own_page(here.opal)
    assert "It stands on no paper." in opal.get("/alerts/contacts/").text
    done = opal.post("/alerts/contacts/number/paper/", {"printed": "yes"}, follow=True).text
    assert "from the next paper on" in done
    assert Mobile.objects.get().printed
    assert "Take it off the sheet" in done
    assert (
        "Those printed before still bear it"
        in opal.post("/alerts/contacts/number/paper/", {"printed": "no"}, follow=True).text
    )
    assert not Mobile.objects.get().printed


def test_whoever_is_on_no_roster_is_asked_nothing_and_may_still_take_it_off(here: Watch, now: datetime) -> None:
    with_number(here.opal, now, printed=False)
    opal = own_page(here.opal)
    assert "My number on paper" not in opal.get("/alerts/contacts/").text
    assert opal.post("/alerts/contacts/number/paper/", {"printed": "yes"}).status_code == 404
    assert let_print(printed=True, by=here.opal.pk)
    assert "Take it off the sheet" in opal.get("/alerts/contacts/").text
    opal.post("/alerts/contacts/number/paper/", {"printed": "no"})
    assert not Mobile.objects.get().printed


def test_a_number_that_is_given_up_or_another_is_said_to_stand_on_older_papers(here: Watch, now: datetime) -> None:
    with_number(here.opal, now, printed=True)
    opal, still = own_page(here.opal), "printed before still bear the former number"
    assert ask_code(number=OTHER, code="123456", now=now + FEW, by=here.opal.pk) is None
    assert still in opal.post("/alerts/contacts/number/code/", {"code": "123456"}, follow=True).text
    assert still not in opal.post("/alerts/contacts/number/end/", follow=True).text, "this one was on none"
    with_number(here.opal, now + FEW * 2, printed=True)
    assert still in opal.post("/alerts/contacts/number/end/", follow=True).text


def test_an_audience_that_names_somebody_prints_their_number_only_beside_turns_of_theirs(
    here: Watch, now: datetime
) -> None:
    whole = draw_up_audience(authority=here.authority.pk, name="Mobilised", convention=None, now=now, by=None)
    add_to_audience(audience=whole, person=here.opal.pk, now=now, by=None)
    tell(here, now, Rung(whole.pk, "", None))
    with_number(here.opal, now, printed=True)
    assert called(here, now) == [[(here.opal.name, "")]]
    post_of(here, now)
    assert called(here, now) == [[(here.opal.name, OPAL_DIALLED)]]


def test_a_turn_taken_from_another_counts_until_it_is_over(here: Watch, now: datetime) -> None:
    roster = post_of(here, now)
    swap(roster=roster, starts=now, ends=now + FEW, leaves=here.opal.pk, takes=here.alice.pk, now=now, by=None)
    assert with_turns(here.authority.pk, now) == {here.opal.pk, here.alice.pk}
    assert has_turns(here.alice.pk, now)
    assert with_turns(here.authority.pk, now + FEW) == {here.opal.pk}
    assert not has_turns(here.alice.pk, now + FEW)


def test_the_paper_is_wrong_when_a_number_on_its_rosters_comes_changes_or_goes(here: Watch, now: datetime) -> None:
    roster, seen = post_of(here, now), [paper(here.authority, now).digest]
    with_number(here.opal, now, printed=True)
    seen.append(paper(here.authority, now).digest)
    assert paper(here.authority, now + FEW).digest == seen[-1], "by itself it stays right"
    with_number(here.opal, now + FEW, printed=True)
    seen.append(paper(here.authority, now).digest)
    assert len(set(seen)) == len(seen)
    assert let_print(printed=False, by=here.opal.pk)
    assert paper(here.authority, now).digest == seen[0]
    with_number(here.alice, now, printed=True)
    assert paper(here.authority, now).digest == seen[0], "she is on none"
    swap(roster=roster, starts=now, ends=now + FEW, leaves=here.opal.pk, takes=here.alice.pk, now=now, by=None)
    assert paper(here.authority, now).digest == paper(here.authority, now + FEW * 2).digest != seen[0]
    give_up_number(by=here.alice.pk)
    assert paper(here.authority, now).digest == seen[0]


def test_the_paper_is_wrong_when_a_post_s_number_changes_and_not_when_its_people_do(here: Watch, now: datetime) -> None:
    roster = post_of(here, now)
    before = paper(here.authority, now).digest
    swap(roster=roster, starts=now, ends=now + FEW, leaves=here.opal.pk, takes=here.alice.pk, now=now, by=None)
    assert paper(here.authority, now).digest == before
    alter_roster(roster=roster, name=roster.name, continuous=True, holidays_apart=False, phone=POLICE, now=now, by=None)
    assert paper(here.authority, now).digest != before
