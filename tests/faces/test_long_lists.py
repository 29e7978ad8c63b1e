"""Every list is counted and cut by the server, and so is everything one chooses from.

With hundreds of rows a page holds fifty of a kind, weighs what a phone can take, says how many there are, and asks the database
no more often.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from beffroi.lib.clock import utc_now
from tests.faces.plenty import MANY, Plenty, plenty

pytestmark = pytest.mark.django_db

HEAVIEST = 100_000  # bytes of HTML
# Of one kind on a page; a list to choose from has words for nothing, and what was chosen, besides.
ROWS = 50
QUERIES = 60
# Whom each step reaches now is asked for each of its dozen cards.
MORE = {"/told/of/meaux/": 160}
VOID = {"br", "col", "hr", "img", "input", "link", "meta", "path", "source", "use", "wbr"}
# Whose page it is, and where; its things are counted.
LISTS = {
    "administrator": (
        "/alerts/",
        "/told/programs/",
        "/cabinets/",
        "/conventions/",
        "/conventions/?drafts=1",
        "/devices/",
        "/imports/",
        "/organisations/",
        "/organisations/{town}/",
        "/organisations/{town}/?invited=1",
        "/people/",
        "/people/?soon=1",
        "/retention/of/meaux/checks/",
        "/retention/of/meaux/destructions/",
        "/retention/of/meaux/slips/",
        "/screens/",
        "/told/audiences/",
        "/told/of/meaux/",
        "/told/rosters/",
        "/told/rosters/{roster}/",
    ),
    "alice": ("/orders/",),
    "opal": ("/screens/", "/told/audiences/", "/told/audiences/{audience}/", "/told/rosters/", "/alerts/"),
    "bob": ("/orders/", "/team/", "/team/invitations/", "/alerts/"),
}
# Forms in which one chooses among hundreds.
CHOICES = {
    "administrator": (
        "/cabinets/add/",
        "/people/{person}/",
        "/told/audiences/add/",
        "/told/audiences/{audience}/",
        "/told/now/{authority}/cabinets.open/",
        "/told/of/meaux/kinds/cabinets.open/",
        "/told/rosters/{roster}/",
    ),
    "bob": ("/orders/add/",),
}


@dataclass
class _Counter(HTMLParser):
    """How many rows the longest list, table, or choice of a page holds."""

    open: list[list[object]] = field(default_factory=list)
    most: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        for held in reversed(self.open):
            if held[0] != "optgroup":
                held[1] = int(str(held[1])) + (tag in {"li", "tr", "option", "section", "div", "a"})
                break
        self.open.append([tag, 0, "grid" in (dict(attrs).get("class") or "").split()])

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            name, rows, grid = self.open.pop()
            if name in {"ul", "ol", "tbody", "select"} or grid:
                self.most = max(self.most, int(str(rows)))
            if name == tag:
                return


def rows_of(page: str) -> int:
    """The longest of a page."""
    counter = _Counter()
    counter.feed(page)
    return counter.most


@pytest.fixture
def many() -> Plenty:
    """The town."""
    return plenty(utc_now())


def asked(many: Plenty, who: str, path: str) -> tuple[int, str, int]:
    """A page, and how many queries it took."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(getattr(many.here, who))
    things = {"town": many.here.authority.organisation_id, "authority": many.here.authority.pk}
    for name in ("audience", "roster", "person"):
        things[name] = getattr(many, name).pk
    with CaptureQueriesContext(connection) as queries:
        page = client.get(path.format(**things))
    return page.status_code, page.content.decode(), len(queries)


def test_hundreds_of_rows_are_counted_and_cut(many: Plenty) -> None:
    wrong = {}
    for who, paths in LISTS.items():
        for path in paths:
            status, text, queries = asked(many, who, path)
            counted = any(f"{count} in all" in text for count in range(MANY, MANY + 40))
            rows = rows_of(text)
            if status != 200 or len(text) > HEAVIEST or not counted or rows > ROWS or queries > MORE.get(path, QUERIES):
                wrong[f"{who} {path}"] = {
                    "status": status,
                    "size": len(text),
                    "counted": counted,
                    "rows": rows,
                    "q": queries,
                }
    assert not wrong, "\n".join(f"{path}: {what}" for path, what in wrong.items())


def test_the_head_of_a_list_says_how_many(many: Plenty) -> None:
    for path, word in (("/cabinets/", "cabinets"), ("/people/", "people")):
        _status, text, _queries = asked(many, "administrator", path)
        assert re.search(rf"[^>]*\b2\d\d {word}", text), path


def test_one_of_hundreds_is_searched_for(many: Plenty) -> None:
    wrong = {}
    for who, paths in CHOICES.items():
        for path in paths:
            status, text, queries = asked(many, who, path)
            searched, rows = re.search(r"20 of 2\d\d: refine", text) is not None, rows_of(text)
            if (
                status != 200
                or len(text) > HEAVIEST
                or not searched
                or rows > ROWS
                or queries > MORE.get(path, QUERIES)
            ):
                wrong[f"{who} {path}"] = {
                    "status": status,
                    "size": len(text),
                    "searched": searched,
                    "rows": rows,
                    "q": queries,
                }
    assert not wrong, "\n".join(f"{path}: {what}" for path, what in wrong.items())
