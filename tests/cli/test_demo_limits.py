"""The demonstration's drawings hold what stands in its towns."""

from beffroi.cli.demo.limits import DISTRICTS, OF_MEAUX, OF_PROVINS, outline_of
from beffroi.cli.demo.neighbours import OF_PROVINS as CABINETS_OF_PROVINS
from beffroi.cli.demo.places import places


def test_every_cabinet_stands_in_its_town() -> None:
    meaux, provins = outline_of(OF_MEAUX), outline_of(OF_PROVINS)
    assert [one.reference for one in places() if not meaux.contains(one.latitude, one.longitude)] == []
    assert all(provins.contains(latitude, longitude) for _name, _street, latitude, longitude in CABINETS_OF_PROVINS)


def test_districts_lie_in_the_town_beside_one_another() -> None:
    drawn = [outline_of(ring) for ring in DISTRICTS.values()]
    for one in places():
        assert sum(district.contains(one.latitude, one.longitude) for district in drawn) <= 1
    assert sum(district.area for district in drawn) < outline_of(OF_MEAUX).area
