"""None, one and many are right in both languages: French counts none as it counts one, English as it counts many."""

import re
from dataclasses import dataclass

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import localize
from django.utils.translation import ngettext, npgettext

from beffroi.lib.charts import Chart, Series
from scripts import update_messages

NUMBER = re.compile(r"%\(\w+\)[sd]")
# What one says without its number, where there is never none: with none, French would say one.
NEVER_NONE = {
    "All %(n)s that the search finds",  # a button under what was found
    "A report takes one photo at most: the others are not kept.",  # a constant
    # said of those that were given up
    "One of its photos can’t be read: the file is damaged, or too large. Take it again, and send it with this reference.",
    "In one place: here.",  # whoever reads it is logged in
    "Something to correct",  # above a form that holds something
    "to look at this one camera",  # the same as the next
    "to open this one cabinet",  # a convention that covers nothing is said otherwise
    "to handle reports of this one kind of fault",  # the same
}
# Counts beside a word that stands for many, where there are always many.
ALWAYS_MANY = {
    "A round has %(most)s places at most.",  # a constant of the program
    "CSV, Excel (.xlsx) or GeoJSON, %(size)s MB and %(rows)s rows at most. The first row holds the headings.",  # constants
    "%(count)s alerts: %(label)s",  # said of several that came together
    "%(days)s days at most: begin later.",  # a constant of the program
    "%(done)s of %(total)s parts written",  # an authority has dozens
    "Below %(least)s alerts nothing is shown: the figure would be somebody’s.",  # a constant
    "By the calendar. Of fewer than %(least)s reports nothing is shown.",  # a constant
    "See all %(count)s drafts",  # where not all of them are shown
    "See all %(count)s invitations",  # the same
    "Too long: %(most)s characters at most.",  # constants
    "more than %(n)s reports",  # more than anybody turns over
}
COUNTED = re.compile(
    r"%\((?:count|n|many|days|hours|minutes|total|done|found|least|most|left|rows|people)\)[sd] (?:more )?[a-z]+s\b"
)


@dataclass(frozen=True)
class Counted:
    """A message of the catalogue with a form for one and a form for many."""

    context: str
    english: tuple[str, str]
    french: tuple[str, str]

    def said(self, count: int) -> str:
        """The form that is taken for so many, its number not yet in it."""
        one, many = self.english
        return npgettext(self.context, one, many, count) if self.context else ngettext(one, many, count)


PLURAL = [
    Counted(str(message.context or ""), (message.id[0], message.id[1]), (message.string[0], message.string[1]))
    for message in update_messages.read()
    if isinstance(message.id, tuple) and isinstance(message.string, tuple)
]
PLAIN = {message.id for message in update_messages.read() if message.id and isinstance(message.id, str)}


def test_the_catalogue_is_there() -> None:
    assert len(PLURAL) > 80


@pytest.mark.parametrize(("language", "forms"), [("fr", (0, 0, 1, 1)), ("en", (1, 0, 1, 1))])
def test_each_language_has_its_own_form_for_none(language: str, forms: tuple[int, ...]) -> None:
    wrong = {}
    with translation.override(language):
        for message in PLURAL:
            words = message.french if language == "fr" else message.english
            found = tuple(message.said(count) for count in (0, 1, 2, 1_000))
            if found != tuple(words[form] for form in forms):
                wrong[message.english[0]] = found
    assert not wrong


def test_none_is_not_said_to_be_one() -> None:
    """French takes the form of one for none: without its number, it would say that there is one."""
    silent = {message.english[0] for message in PLURAL if not NUMBER.search(message.french[0])}
    assert silent == NEVER_NONE


def test_a_number_beside_many_has_a_form_for_one() -> None:
    plain = {english for english in PLAIN if COUNTED.search(english)}
    assert plain - ALWAYS_MANY == set(), "write it with a form for one (`{% blocktranslate count … %}`, `ngettext`)"
    assert set() == ALWAYS_MANY - PLAIN, "gone from the catalogue"


@pytest.mark.parametrize(("language", "thousands", "part"), [("fr", "12\xa0345", "0,5"), ("en", "12,345", "0.5")])
def test_numbers_are_written_as_the_language_writes_them(language: str, thousands: str, part: str) -> None:
    with translation.override(language):
        assert localize(12_345) == thousands
        assert localize(0.5) == part


@pytest.mark.parametrize(("language", "thousands"), [("fr", "12\xa0000"), ("en", "12,000")])
def test_a_chart_s_scale_and_its_table_as_well(language: str, thousands: str) -> None:
    chart = Chart("openings", "Openings", "Month", ("2026",), (Series("Admitted", (12_000.0,)),), lying=True)
    with translation.override(language):
        drawn = render_to_string("web/chart.html", {"chart": chart, "csv": ""})
    drawing, table = drawn.split("</svg>")[0], drawn.split("<table")[1]
    assert f">{thousands}</text>" in drawing
    assert f">{thousands}</td>" in table
    assert ">2026</text>" in drawing, "a label is no figure"
