"""A constraint and an index are added to a migration's state without drawing models again, and are there as if they had been."""

import pytest
from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from beffroi.persistence.migrating import hasten


@pytest.fixture(autouse=True)
def hastened(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that migrates; afterwards it is as it was."""
    monkeypatch.setattr(ProjectState, "_append_option", ProjectState._append_option)  # type: ignore[attr-defined]  # its own, no stub
    hasten()


@pytest.fixture
def state() -> ProjectState:
    """A door in a house."""
    made = ProjectState()
    made.add_model(ModelState("street", "House", [("id", models.AutoField(primary_key=True))]))
    door: list[tuple[str, models.Field[object, object]]] = [
        ("id", models.AutoField(primary_key=True)),
        ("number", models.IntegerField()),
        ("house", models.ForeignKey("street.House", models.CASCADE)),
    ]
    made.add_model(ModelState("street", "Door", door))
    return made


def test_no_model_is_drawn_again_and_each_says_what_it_has(state: ProjectState) -> None:
    before = state.apps.get_model("street", "Door"), state.apps.get_model("street", "House")
    positive = models.CheckConstraint(condition=models.Q(number__gt=0), name="door_number_positive")
    state.add_constraint("street", "door", positive)
    state.add_index("street", "door", models.Index(fields=["number"], name="door_number"))
    assert (state.apps.get_model("street", "Door"), state.apps.get_model("street", "House")) == before
    afresh = ProjectState({key: row.clone() for key, row in state.models.items()})
    for each in (state, afresh):
        told = each.apps.get_model("street", "Door")._meta
        assert [one.name for one in told.constraints] == ["door_number_positive"]
        assert [one.name for one in told.indexes] == ["door_number"]


def test_what_was_not_drawn_is_not_drawn_for_it(state: ProjectState) -> None:
    state.add_index("street", "door", models.Index(fields=["number"], name="door_number"))
    assert "apps" not in state.__dict__
    assert [one.name for one in state.apps.get_model("street", "Door")._meta.indexes] == ["door_number"]
