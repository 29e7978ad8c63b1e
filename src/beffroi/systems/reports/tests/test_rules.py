"""Rules of reports: who receives what, what is held with the words, what a category may be about."""

from datetime import datetime, time
from uuid import uuid4

from beffroi.systems.reports.rules import Stage, Way, about_people, in_words, may_become, way_for

ROAD, LAMP, TOWN, QUARTER = uuid4(), uuid4(), uuid4(), uuid4()
TUESDAY = datetime(2026, 11, 17, 10, 0)  # noqa: DTZ001 - the town's own time


def way(**what: object) -> Way:
    given = {
        "category": None,
        "territory": None,
        "days": frozenset(),
        "starts": None,
        "ends": None,
        "order": 50,
        **what,
    }
    return Way(id=uuid4(), **given)  # type: ignore[arg-type]  # the test's own values


def test_the_most_particular_way_holds() -> None:
    anything, road, quarter = way(), way(category=ROAD), way(category=ROAD, territory=QUARTER)
    night = way(category=ROAD, starts=time(20), ends=time(6))
    ways = [anything, road, quarter, night]
    here = [QUARTER, TOWN]
    assert way_for(ways, category=ROAD, territories=here, at=TUESDAY) == quarter
    assert way_for(ways, category=ROAD, territories=[TOWN], at=TUESDAY) == road
    assert way_for(ways, category=LAMP, territories=here, at=TUESDAY) == anything
    assert way_for(ways, category=ROAD, territories=[TOWN], at=TUESDAY.replace(hour=2)) == night
    assert way_for([night], category=ROAD, territories=[], at=TUESDAY) is None


def test_days_of_the_week_count() -> None:
    weekend = way(days=frozenset({5, 6}))
    assert way_for([weekend], category=ROAD, territories=[], at=TUESDAY) is None
    assert way_for([weekend], category=ROAD, territories=[], at=TUESDAY.replace(day=21)) == weekend


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    friday = way(days=frozenset({4}), starts=time(22), ends=time(6))

    def takes(day: int, hour: int) -> bool:
        return way_for([friday], category=ROAD, territories=[], at=TUESDAY.replace(day=day, hour=hour)) == friday

    assert [takes(20, 23), takes(21, 3)] == [True, True], "Friday evening, and Saturday before six"
    assert [takes(20, 3), takes(20, 12), takes(21, 23)] == [False, False, False]


def test_a_place_that_names_somebody_is_held_with_the_words() -> None:
    assert in_words(" 12, rue Noire ", " Un trou ") == ("12, rue Noire", "Un trou", False)
    assert in_words("12, rue Noire", "M. Dupont l’a fait") == ("12, rue Noire", "M. Dupont l’a fait", True)
    assert in_words("chez M. Dupont", "Un trou") == ("", "chez M. Dupont\nUn trou", True)


def test_no_category_is_about_people() -> None:
    assert all(about_people(label) for label in ("Personnes sans abri", "SDF", "Attroupements", "Mon voisin"))
    assert not any(
        about_people(label) for label in ("Nid-de-poule", "Accès pour personnes à mobilité réduite", "Arbre")
    )


def test_what_is_closed_becomes_nothing_else_by_itself() -> None:
    assert may_become(Stage.PLANNED, Stage.ACKNOWLEDGED)
    assert not any(
        may_become(stage, Stage.MENDING) for stage in (Stage.DONE, Stage.DECLINED, Stage.MERGED, Stage.MENDING)
    )
    assert not may_become(Stage.PLANNED, Stage.RECEIVED)
