"""A form that is sent twice acts once; sent when one is no longer logged in, it is neither done nor lost."""

import html
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.grants.models import Grant
from tests.faces.served import built
from tests.holding import held
from tests.matrix.towns import World, known

ORDERS = "/orders/add/"
Fields = dict[str, str]


@pytest.fixture(scope="module")
def town(shared_database: ConnectionInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The matrix's town, where what is done stays done."""
    with built(tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture
def desk(town: World) -> Client:
    """The partner's desk, whose browser shows its token each time."""
    return desk_of(town)


def desk_of(town: World) -> Client:
    return browser_of(known(town, "bob"))


def browser_of(person: Person, *, csrf: bool = True) -> Client:
    visitor = Client(enforce_csrf_checks=csrf, headers={"accept-language": "en"})
    visitor.force_login(person)
    return visitor


def filled(page: str) -> Fields:
    """The form of an order as its page shows it, filled in."""
    fields = dict(
        re.findall(
            r'<input type="(?:hidden|datetime-local)" name="(csrfmiddlewaretoken|starts|ends)" value="([^"]*)"', page
        )
    )
    assert set(fields) == {"csrfmiddlewaretoken", "starts", "ends"}, page
    chosen = {
        name: next(value for value in re.findall(r'<option value="([^"]+)"', choices))
        for name, choices in re.findall(r'<select name="(\w+)"(.*?)</select>', page, re.DOTALL)
    }
    return {**fields, **chosen, "reference": "T-2077"}


def drawn(desk: Client, days: int) -> Fields:
    """The same, from a page of its own, for so many days from now: one technician has one order at a time."""
    fields, later = filled(desk.get(ORDERS).content.decode()), timedelta(days=days)
    return fields | {
        name: f"{datetime.fromisoformat(fields[name]) + later:%Y-%m-%dT%H:%M}" for name in ("starts", "ends")
    }


def orders() -> int:
    return Grant.objects.count()


def test_two_presses_of_a_button_are_one_order(town: World, desk: Client) -> None:
    before, sent = orders(), drawn(desk, 1)
    first, second = desk.post(ORDERS, sent), desk.post(ORDERS, sent)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert orders() == before + 1


def test_two_presses_at_the_same_time_are_one_order(town: World, desk: Client) -> None:
    before, sent = orders(), drawn(desk, 2)

    def press(_: int) -> str:
        other = Client(enforce_csrf_checks=True)
        other.cookies = desk.cookies
        try:
            return other.post(ORDERS, sent)["Location"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=4) as threads:
        assert len(set(threads.map(press, range(4)))) == 1
    assert orders() == before + 1


def choose_french(browser: Client) -> int:
    """What a page sends, from another thread than the test's."""
    try:
        return browser.post("/language/", {"language": "fr", "csrfmiddlewaretoken": "this press"}).status_code
    finally:
        connections.close_all()


def test_what_another_page_did_meanwhile_to_the_session_stays(town: World, shared_database: ConnectionInfo) -> None:
    alice, wanted = known(town, "alice"), known(town, "official")
    browser = browser_of(alice, csrf=False)
    with ThreadPoolExecutor(max_workers=1) as threads:
        with held(shared_database, "accounts_person", alice.pk) as waits:
            pressed = threads.submit(choose_french, browser)
            waits()
            assert browser.post("/counter/meaux/", {"words": wanted.name}).status_code == 200
        assert pressed.result() == 302
    assert browser.post("/counter/meaux/open/", {"person": str(wanted.pk)}).status_code == 302, "whom she had found"


def test_a_log_out_meanwhile_stays_one_and_what_was_done_is_said(town: World, shared_database: ConnectionInfo) -> None:
    alice = known(town, "alice")
    browser = browser_of(alice, csrf=False)
    session = browser.cookies["beffroi_session"].value
    with ThreadPoolExecutor(max_workers=1) as threads:
        with held(shared_database, "accounts_person", alice.pk) as waits:
            pressed = threads.submit(choose_french, browser)
            waits()
            assert browser.post("/logout/").status_code == 302
        assert pressed.result() == 302
    browser.cookies["beffroi_session"] = session
    assert browser.get("/account/").status_code == 302, "nobody is logged in"


def test_the_same_form_drawn_again_is_asked_again(town: World, desk: Client) -> None:
    before = orders()
    assert desk.post(ORDERS, drawn(desk, 3)).status_code == 302
    again = desk.post(ORDERS, drawn(desk, 3))
    assert again.status_code == 422
    assert "already has a work order here" in again.content.decode()
    assert orders() == before + 1


def test_a_wrong_form_may_be_sent_again_once_it_is_right(town: World, desk: Client) -> None:
    before, sent = orders(), drawn(desk, 4)
    wrong = desk.post(ORDERS, {**sent, "ends": sent["starts"]})
    assert wrong.status_code == 422
    assert 'value="T-2077"' in wrong.content.decode()
    assert desk.post(ORDERS, sent).status_code == 302
    assert orders() == before + 1


def test_what_was_sent_after_a_log_out_comes_back_and_can_be_sent_again(town: World, desk: Client) -> None:
    before, sent = orders(), drawn(desk, 5)
    del desk.cookies["beffroi_session"]
    answer = desk.post(ORDERS, sent, headers={"referer": f"http://testserver{ORDERS}"})
    page = answer.content.decode()
    assert answer.status_code == 401
    assert "nothing was sent yet" in page
    assert "/login/?next=%2Forders%2Fadd%2F" in page
    assert orders() == before
    kept = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    }
    assert {name: kept[name] for name in sent if name != "csrfmiddlewaretoken"} == {
        name: value for name, value in sent.items() if name != "csrfmiddlewaretoken"
    }
    back = desk_of(town)
    again = {**kept, "csrfmiddlewaretoken": drawn(back, 6)["csrfmiddlewaretoken"]}
    assert back.post(ORDERS, again).status_code == 302
    assert orders() == before + 1


def test_a_button_pressed_after_a_log_out_leads_back_to_its_page(town: World, desk: Client) -> None:
    where = f"/orders/{town.order}/"
    token = drawn(desk, 6)["csrfmiddlewaretoken"]
    del desk.cookies["beffroi_session"]
    answer = desk.post(
        f"{where}close/", {"csrfmiddlewaretoken": token}, headers={"referer": f"http://testserver{where}"}
    )
    assert answer.status_code == 302
    assert answer["Location"] == f"/login/?next=%2Forders%2F{town.order}%2F"
    assert "You were no longer logged in: nothing was done." in desk.get(answer["Location"]).content.decode()


def test_a_page_asked_for_after_a_log_out_is_where_the_log_in_leads(town: World) -> None:
    where = f"/orders/{town.order}/"
    answer = Client(headers={"accept-language": "en"}).get(where)
    assert answer["Location"] == f"/login/?next=/orders/{town.order}/"
    assert f'name="next" value="/orders/{town.order}/"' in Client().get(answer["Location"]).content.decode()


def test_a_part_of_a_page_leads_the_whole_page_to_the_log_in(town: World) -> None:
    asked = {"hx-request": "true", "hx-current-url": f"http://testserver/alerts/{town.watched.alert}/?page=2"}
    answer = Client().get(f"/alerts/{town.watched.alert}/", headers=asked)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == f"/login/?next=%2Falerts%2F{town.watched.alert}%2F%3Fpage%3D2"
    assert answer.content == b""


@pytest.mark.parametrize("page", ["https://elsewhere.example/orders/", "//elsewhere.example/", ""])
def test_nobody_else_s_page_is_come_back_to(page: str) -> None:
    answer = Client().get("/orders/", headers={"hx-request": "true", "hx-current-url": page})
    assert answer["HX-Redirect"] == "/login/?next=%2F"


def test_a_password_is_not_kept_on_a_page() -> None:
    answer = Client().post("/account/password/", {"oldpassword": "secret of mine", "password1": "another"})
    assert answer.status_code == 302
    assert answer["Location"] == "/login/?next=%2F"
