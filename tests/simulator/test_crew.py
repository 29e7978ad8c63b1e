"""A technician and the desk that gives the orders: none outlives the work, whatever becomes of the server's answers."""

import threading
from collections.abc import Mapping

import pytest

from beffroi.simulator.browser import AwayError, Browser
from beffroi.simulator.life.crew import NEW_ORDER, PURPOSE, Planner, Technician


class Desk(Planner):
    """Hears that an order is over, but for the troubles that are given, first come first served."""

    def __init__(self, *troubles: Exception) -> None:
        super().__init__(Browser("http://127.0.0.1:1", "planning@b.example", "-"))
        self.troubles = list(troubles)
        self.closed: list[str] = []

    def close(self, order: str) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.closed.append(order)


def test_an_order_whose_end_could_not_be_told_is_ended_the_next_time() -> None:
    desk, nowhere = Desk(AwayError("/orders/1/close/: 502")), Browser("http://127.0.0.1:1", "sarah@b.example", "-")
    sarah = Technician("Sarah Petit", nowhere, desk, threading.Event().wait, _order="/orders/1/")
    with pytest.raises(AwayError):
        sarah.done()
    assert desk.closed == []
    sarah.done()
    sarah.done()
    assert desk.closed == ["/orders/1/"]


PAGE = """
<form method="post">
<input type="search" name="cabinet-words" value="{words}"><input type="hidden" name="cabinet-shown" value="{words}">
<select name="cabinet"><option value="">choose</option>{found}</select>
<select name="technician"><option value="t">Sarah Petit</option></select>
<select name="purpose"><option value="m">{purpose}</option></select>
<input name="starts" value="2026-11-22T18:00"><input name="ends" value=""></form>
"""


class Pages(Browser):
    """A page with more cabinets than it shows: it finds those whose words are typed."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", "planning@b.example", "-")
        self.sent: list[dict[str, str]] = []

    def page(self, path: str) -> str:
        assert path == NEW_ORDER
        return PAGE.format(words="", found='<option value="1">PM-1 first of many</option>', purpose=PURPOSE)

    def submit(self, path: str, fields: Mapping[str, str], *, on: str = "") -> tuple[str, str]:
        assert (path, on) == (NEW_ORDER, "")
        self.sent.append(dict(fields))
        words = fields.get("cabinet-words")
        if words is None:
            return "/orders/9/", ""
        return path, PAGE.format(words=words, found=f'<option value="77">{words} rue Bossuet</option>', purpose=PURPOSE)


def test_a_cabinet_that_is_not_among_the_first_is_searched_for() -> None:
    pages = Pages()
    assert Planner(pages).order("Sarah Petit", "PM-77") == "/orders/9/"
    search, order = pages.sent
    assert search == {"cabinet-words": "PM-77"}
    assert (order["cabinet"], order["technician"]) == ("77", "t")
