"""What an agent does for somebody: whose pages they see, what is on record, and what stays out of reach."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.counter.models import Mandate
from beffroi.kernel.counter.rules import ends_at
from beffroi.kernel.counter.tests.counter import Counter, act_for, logged_in, opened, text, values
from beffroi.kernel.territory.actions.memberships import end_membership
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.kernel.territory.models import Membership
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return opened()


def run_out() -> None:
    """Time passes for every mandate until its own is over, an hour or the day's last minutes."""
    now = utc_now()
    with writing():
        for mandate in Mandate.objects.all():
            by = mandate.until - now
            Mandate.objects.filter(pk=mandate.pk).update(began_at=mandate.began_at - by, until=now)


def test_the_person_s_pages_carry_a_banner_and_the_agent_s_are_gone(counter: Counter) -> None:
    act_for(counter)
    for address in ("/", "/alerts/contacts/", "/account/done-for-me/", "/mandate/"):
        page = text(counter.browser, address)
        assert "You act for <strong>Jeanne Martin</strong>" in page, address
        assert "Agnès Roche" not in page, address
    assert "Hello, Jeanne Martin" in text(counter.browser, "/")


@pytest.mark.parametrize("address", ["/account/", "/account/password/", "/phone/", "/counter/meaux/", "/console/"])
def test_credentials_desks_and_offices_are_out_of_reach(counter: Counter, address: str) -> None:
    act_for(counter)
    assert "This is not done for somebody else" in text(counter.browser, address, 403)


def test_the_posts_of_an_office_do_not_go_along(counter: Counter) -> None:
    boss = make_member("Berthe Chef", counter.authority.organisation, Role.ADMINISTRATOR)
    act_for(counter, boss)
    page = text(counter.browser, "/")
    assert "/console/" not in page
    assert "/retention/" not in page


def test_all_that_is_done_says_by_whom_and_for_whom(counter: Counter) -> None:
    opal = make_member("Opale Dubois", make_organisation("Voirie"), Role.MEMBER)
    act_for(counter, opal)
    mandate = Mandate.objects.get(person=opal)
    marks = {"by": str(counter.agent.pk), "for": str(opal.pk), "mandate": str(mandate.pk)}
    assert counter.browser.post("/mandate/end/").status_code == 302
    began, ended = values("mandate.began"), values("mandate.ended")
    assert began[0] | marks == began[0]
    assert (began[0]["why"], began[0]["identity_seen"]) == ("in-person", True)
    assert ended == [{"ending": "done", **marks}]


def test_what_leaves_no_entry_of_its_own_is_noted(counter: Counter) -> None:
    opal = make_member("Opale Dubois", make_organisation("Voirie"), Role.MEMBER)
    act_for(counter, opal)
    page = counter.browser.get("/alerts/preferences/")
    form = {field.html_name: field.value() or "" for field in page.context["form"]}
    assert counter.browser.post("/alerts/preferences/", form).status_code == 302
    assert [each["act"] for each in values("mandate.used")] == ["set-preference"]
    assert values("mandate.used")[0]["for"] == str(opal.pk)
    logged_in(opal).post("/alerts/preferences/", form)
    assert len(values("mandate.used")) == 1, "what one does for oneself is as it was"


def test_the_person_sees_afterwards_what_was_done_and_takes_a_paper_home(counter: Counter) -> None:
    opal = make_member("Opale Dubois", make_organisation("Voirie"), Role.MEMBER)
    act_for(counter, opal)
    paper = text(counter.browser, "/mandate/")
    assert "an agent of Meaux" in paper
    assert "asked in person" in paper
    counter.browser.post("/mandate/end/")
    page = text(logged_in(opal), "/account/done-for-me/")
    assert "by an agent of Meaux, for you" in page
    assert "Agnès Roche" not in page
    assert page.count("/receipt/") == 2, page[page.index("<ol") : page.index("</ol>")]
    receipts = re.findall(r"/account/done-for-me/[0-9a-f-]{36}/receipt/", page)
    assert {logged_in(counter.jeanne).get(receipt).status_code for receipt in receipts} == {404}
    assert "Nobody has done anything for you" in text(logged_in(counter.jeanne), "/account/done-for-me/")


def test_nothing_may_be_kept_and_the_end_goes_back_to_the_agent_s_own_pages(counter: Counter) -> None:
    act_for(counter)
    shown = counter.browser.get("/")
    assert shown["Cache-Control"] == "no-store"
    assert shown["X-Beffroi-Mandate"] == "1"
    ended = counter.browser.post("/mandate/end/")
    assert (ended["Location"], ended["Clear-Site-Data"]) == ("/counter/meaux/", '"cache"')
    assert "Hello, Agnès Roche" in text(counter.browser, "/")
    assert "Jeanne" not in text(counter.browser, "/")
    assert counter.browser.get("/mandate/").status_code == 404


def test_forms_that_stood_open_before_are_void(counter: Counter) -> None:
    browser = logged_in(counter.agent, csrf=True)
    page = browser.get("/alerts/preferences/")
    token = {"csrfmiddlewaretoken": str(page.context["csrf_token"])}
    own = {**token, **{field.html_name: field.value() or "" for field in page.context["form"]}}
    desk = browser.get("/counter/meaux/").context["csrf_token"]
    send = {"csrfmiddlewaretoken": str(desk)}
    browser.post("/counter/meaux/", {**send, "words": "Jeanne"})
    browser.post("/counter/meaux/open/", {**send, "person": str(counter.jeanne.pk)})
    said = {**send, "why": "by-phone", "identity": "not-seen", "confirmed": "on"}
    assert browser.post(f"/counter/meaux/people/{counter.jeanne.pk}/", said).status_code == 302
    assert browser.post("/alerts/preferences/", own).status_code == 403, "the agent's own form, in another tab"
    theirs = browser.get("/alerts/preferences/").context["csrf_token"]
    assert browser.post("/mandate/end/", {"csrfmiddlewaretoken": str(theirs)}).status_code == 302
    again = {**own, "csrfmiddlewaretoken": str(theirs)}
    assert browser.post("/alerts/preferences/", again).status_code == 403, "Jeanne's form, in another tab"


def test_two_agents_serve_one_person_and_one_agent_one_person_at_a_time(counter: Counter) -> None:
    second = make_member("Bilal Roux", counter.authority.organisation, Role.AGENT)
    act_for(counter)
    act_for(counter, browser=logged_in(second))
    assert Mandate.objects.filter(person=counter.jeanne, ended_at=None).count() == 2
    elsewhere = logged_in(counter.agent)
    act_for(counter, browser=elsewhere)
    assert "You began to act for somebody on another screen" in text(counter.browser, "/", 409)
    assert "Hello, Agnès Roche" in text(counter.browser, "/")
    assert "Hello, Jeanne Martin" in text(elsewhere, "/")


def test_what_was_typed_when_the_time_ran_out_is_kept_and_sent_again(counter: Counter) -> None:
    opal = make_member("Opale Dubois", make_organisation("Voirie"), Role.MEMBER)
    act_for(counter, opal)
    page = counter.browser.get("/alerts/preferences/")
    form = {field.html_name: field.value() or "" for field in page.context["form"]}
    run_out()
    late = counter.browser.post("/alerts/preferences/", form)
    said = late.content.decode()
    assert late.status_code == 409
    assert "You no longer act for Opale Dubois" in said
    assert "The time was over before this was sent: nothing was done." in said
    assert values("mandate.used") == []
    mandate = Mandate.objects.get(person=opal)
    again = f"/mandate/again/{mandate.pk}/?to=%2Falerts%2Fpreferences%2F&method=POST"
    assert again.replace("&", "&amp;") in said
    assert all(f'name="{name}" value="{value}"' in said for name, value in form.items() if value)
    assert counter.browser.post(again, form).status_code == 422, "somebody must still be there"
    sent = counter.browser.post(again, {**form, "still_there": "on"})
    assert (sent.status_code, sent["Location"]) == (307, "/alerts/preferences/")
    assert counter.browser.post("/alerts/preferences/", form).status_code == 302
    assert values("mandate.used")[0]["for"] == str(opal.pk)


def test_taking_it_up_again_voids_the_forms_that_stood_open_meanwhile(counter: Counter) -> None:
    opal = make_member("Opale Dubois", make_organisation("Voirie"), Role.MEMBER)
    act_for(counter, opal)
    browser, page = counter.browser, "/alerts/preferences/"
    form = {field.html_name: field.value() or "" for field in browser.get(page).context["form"]}
    run_out()
    late = browser.post(page, form)
    browser.handler.enforce_csrf_checks = True
    own = {**form, "csrfmiddlewaretoken": str(browser.get(page).context["csrf_token"])}
    sent = {**form, "still_there": "on", "csrfmiddlewaretoken": str(late.context["csrf_token"])}
    again = f"/mandate/again/{Mandate.objects.get(person=opal).pk}/?to=%2Falerts%2Fpreferences%2F&method=POST"
    assert browser.post(again, sent).status_code == 307
    assert browser.post(page, sent).status_code == 302, "what had been typed is sent again as it was"
    assert browser.post(page, own).status_code == 403, "the agent's own form, in another tab"
    assert len(values("mandate.used")) == 1


def test_it_leads_to_no_other_site(counter: Counter) -> None:
    act_for(counter)
    run_out()
    counter.browser.get("/")
    mandate = Mandate.objects.get()
    for to in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        response = counter.browser.post(f"/mandate/again/{mandate.pk}/", {"still_there": "on"}, query_params={"to": to})
        assert response.status_code == 404


def test_a_closed_account_and_an_ended_post_end_it(counter: Counter) -> None:
    act_for(counter)
    with writing():
        Person.objects.filter(pk=counter.jeanne.pk).update(is_active=False)
    assert "The account was closed meanwhile" in text(counter.browser, "/alerts/contacts/", 409)
    other = opened("provins")
    act_for(other)
    post = Membership.objects.get(person=other.agent)
    end_membership(membership=post, ends=utc_now(), by=None)
    assert "Your own role has ended meanwhile" in text(other.browser, "/alerts/contacts/", 409)
    assert [each["ending"] for each in values("mandate.ended")] == ["closed", "post"]


def test_logging_out_ends_it(counter: Counter) -> None:
    act_for(counter)
    assert counter.browser.post("/logout/").status_code == 302
    assert [each["ending"] for each in values("mandate.ended")] == ["left"]


def test_it_ends_with_the_hour_or_with_the_day_where_the_counter_is() -> None:
    paris = ZoneInfo("Europe/Paris")
    morning, night = datetime(2026, 7, 1, 8, tzinfo=UTC), datetime(2026, 7, 1, 21, 40, tzinfo=UTC)
    assert ends_at(morning, paris) == morning + timedelta(hours=1)
    assert ends_at(night, paris) == datetime(2026, 7, 1, 22, tzinfo=UTC)
