"""What a convention allows, in plain words: one function of the values that make its row."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from beffroi.kernel.grants.queries.words import PurposeTerms, Terms, allowed, held_to, unsaid

REPAIR = PurposeTerms("Repair", "CPCE", "L34-8-3", date(2021, 12, 25), timedelta(minutes=15), timedelta(hours=24))
WHOLE = Terms(
    authority="Meaux",
    partner="Fibre 77",
    valid_from=datetime(2025, 12, 31, 23, tzinfo=UTC),
    valid_until=datetime(2026, 12, 31, 23, tzinfo=UTC),
    purposes=(REPAIR,),
    things=80,
    right=lambda count: f"to open one of {count} cabinets",
    transports=("local", "relay"),
    list_age=timedelta(hours=72),
    list_old="refuse",
    time_unknown="refuse",
)
NOTHING = Terms("Meaux", "", None, None, (), 0, str, (), None, "", "")


def changed(**values: object) -> Terms:
    return Terms(**{**{name: getattr(WHOLE, name) for name in Terms.__slots__}, **values})


def test_it_says_who_may_do_what_for_what_and_how_long() -> None:
    with translation.override("en"):
        assert allowed(WHOLE) == [
            (
                "From 1 Jan. 2026 to 31 Dec. 2026, the dispatchers of Fibre 77 may give a technician of their firm the right "
                "to open one of 80 cabinets."
            ),
            "For “Repair” (CPCE, L34-8-3, version of 25 Dec. 2021): 15 min at least, 24 h at most at a time.",
            (
                "Nobody at Meaux has to approve: what the convention admits is given at once, the rest is refused with its reason. "
                "Both are in the register."
            ),
            "Nobody else may, and no right outlasts 31 Dec. 2026.",
        ]
        assert unsaid(WHOLE) == []


def test_without_things_nobody_may_do_anything() -> None:
    with translation.override("en"):
        (words,) = allowed(changed(things=0))
    assert "nobody may do anything under it" in words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "A lock without news of lost phones for 72 h refuses."),
        ({"list_old": "flag"}, "A lock without news of lost phones for 72 h opens, and marks the opening."),
        ({}, "After a power cut, a lock refuses until it knows the time again."),
        ({"time_unknown": "admit-marked"}, "that doesn’t know the time yet opens, and marks the opening."),
        ({"transports": ("local",)}, "The phone opens next to the lock only."),
        ({"transports": ("relay",)}, "The phone reaches the lock through this server only."),
        ({"transports": ()}, "No phone reaches a lock"),
    ],
)
def test_each_choice_of_the_form_is_in_the_words(values: dict[str, object], words: str) -> None:
    with translation.override("en"):
        assert words in " ".join(held_to(changed(**values)))


def test_what_is_not_said_yet_is_named() -> None:
    with translation.override("en"):
        assert unsaid(NOTHING) == [
            "with whom it is signed",
            "from when to when",
            "a purpose",
            "how a phone reaches a lock",
        ]
        bare = PurposeTerms("Repair", "", "", None, None, None)
        assert unsaid(changed(purposes=(bare,))) == ["the legal basis of 1 purpose"]
        assert "…" in allowed(changed(partner=""))[0]
