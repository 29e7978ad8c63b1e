"""An authority's colour stays readable whatever it chose."""

import re

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.territory.actions.authorities import create_authority
from beffroi.lib.colours import DARKEST_NEED, LIGHTEST_NEED, READABLE, contrast, shades

COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOUR)
def test_every_colour_reads_on_both_grounds_and_text_reads_on_it(colour: str) -> None:
    made = shades(colour)
    assert contrast(made.light, LIGHTEST_NEED) >= READABLE
    assert contrast(made.light, made.light_ink) >= READABLE
    assert contrast(made.dark, DARKEST_NEED) >= READABLE
    assert contrast(made.dark, made.dark_ink) >= READABLE


def test_a_colour_that_reads_already_is_kept() -> None:
    assert shades("#17566b").light == "#17566b"
    assert shades("#ffffff").dark == "#ffffff"


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#336699", "#336699", 1.0)]
)
def test_contrast_is_that_of_the_guidelines(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


@pytest.mark.django_db
def test_stylesheet_of_an_authority_holds_its_four_colours() -> None:
    create_authority(slug="meaux", name="Ville de Meaux", by=None)
    answer = Client().get("/theme/meaux.css")
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    names = re.findall(r"(--[a-z-]+): #[0-9a-f]{6};", answer.content.decode())
    assert names == ["--authority-light", "--authority-light-ink", "--authority-dark", "--authority-dark-ink"]


@pytest.mark.django_db
def test_stylesheet_of_nobody_is_empty() -> None:
    assert Client().get("/theme/nowhere.css").content == b""
