"""The schedule is whole: each table is kept by a rule or says why none empties it, and each rule can be run."""

import pytest
from django.apps import apps
from django.utils import translation

from beffroi.kernel.register.registry import KINDS
from beffroi.kernel.retention.actions.destruction import destroy_due
from beffroi.kernel.retention.queries.schedule import due, how_many
from beffroi.kernel.retention.queries.words import source_words, spoken
from beffroi.kernel.territory.factories import make_authority
from beffroi.lib.clock import utc_now
from beffroi.persistence.keeping import COMPANIONS, KEPT, LASTING, REFERENCES, TRACES, Fate, Unit
from tests.docs.fresh import made

TABLES = {model._meta.label for model in apps.get_models(include_auto_created=True)}
RULES = sorted(KEPT)


def test_every_table_is_kept_by_a_rule_or_says_why_not() -> None:
    ruled = {model for kept in KEPT.values() for model in kept.models}
    assert sorted(TABLES - ruled - set(LASTING)) == [], "no keeping.py names these"
    assert sorted((ruled | set(LASTING)) - TABLES) == [], "no such table"
    assert sorted(ruled & set(LASTING)) == []


def test_every_table_that_names_a_person_says_so() -> None:
    """A foreign key to a person is kept by a rule, goes with the person, or both; it never outlives them unseen."""
    named = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.is_relation
        and field.many_to_one
        and getattr(field.related_model, "_meta", None)
        and field.related_model._meta.label == "accounts.Person"  # type: ignore[union-attr]  # just looked at
    }
    ruled = {model for kept in KEPT.values() for model in kept.models}
    with_the_person = {
        "alerts.AudienceMember",
        "directory.Identity",
        "alerts.Preference",
        "townhall.Tick",
        "upkeep.Sheet",
    }
    assert sorted(named - ruled - with_the_person) == []


@pytest.mark.parametrize("code", RULES)
@pytest.mark.django_db
def test_a_rule_runs_on_an_empty_town_and_writes_nothing(code: str) -> None:
    kept, now = KEPT[code], utc_now()
    owner = None if kept.installation else make_authority().id
    assert how_many(due(kept, owner, now)) == 0
    if kept.fate is Fate.ERASED:
        assert destroy_due(kept=kept, authority=owner, now=now, by=None) == 0


@pytest.mark.parametrize("code", RULES)
def test_a_rule_says_why_in_words(code: str) -> None:
    kept = KEPT[code]
    with translation.override("en"):
        assert len(str(kept.title).split()) >= 3
        assert str(kept.since).startswith(("the ", "their ", "its "))
        assert "version of" in source_words(kept.source)
    with translation.override("fr"):
        assert str(kept.since).startswith(("de ", "du ", "de l’"))
        assert "version du" in source_words(kept.source)
    assert kept.source.version_on.year > 1977


def test_traces_of_access_are_kept_a_year_and_three_at_most() -> None:
    assert (TRACES.usual, TRACES.most, TRACES.unit) == (12, 36, Unit.MONTHS)
    for code in ("cabinets.uses", "grants.rights", "devices.events", "register.traces", "alerts.deliveries"):
        assert KEPT[code].bounds == TRACES


def test_what_goes_along_goes_with_a_rule_that_exists() -> None:
    assert {rule for rule, _code in COMPANIONS} <= set(KEPT)
    assert REFERENCES


def test_entries_about_people_are_traces() -> None:
    """Kinds whose fields name a person are never among those that are kept for ten years."""
    kinds = made()["kinds"]
    assert [code for code, kind in kinds.items() if KINDS[code].lasting and "person" in kind["fields"]] == []


def test_durations_are_spoken_as_people_say_them() -> None:
    with translation.override("en"):
        said = [spoken(12, Unit.MONTHS), spoken(36, Unit.MONTHS), spoken(18, Unit.MONTHS), spoken(1, Unit.DAYS)]
    assert said == ["1 year", "3 years", "18 months", "1 day"]
