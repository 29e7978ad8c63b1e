"""What was done under a convention: on its page for its parties, and in the register by names where one may read them."""

import re
from datetime import timedelta

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.devices.models import Device
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.cabinets.factories import make_cabinet, make_convention
from beffroi.systems.cabinets.tests.scene import MINUTE, Scene, client


def lived(scene: Scene) -> None:
    """An opening and a refusal under the order, and a refusal of nobody known."""
    scene.live(
        scene.sign("boot", ago=60 * MINUTE),
        scene.used(ago=50 * MINUTE),
        scene.sign(
            "use-refused", ago=8 * MINUTE, action="open", reason="expired", transport="relay", grant=str(scene.order)
        ),
        scene.sign("use-refused", ago=5 * MINUTE, action="open", reason="proof-signature", transport="relay"),
    )


def page(person: Person, address: str) -> str:
    answer = client(person).get(address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_a_convention_counts_what_was_done_under_it_and_shows_the_latest(scene: Scene) -> None:
    lived(scene)
    here = scene.street
    address = f"/conventions/{here.convention.pk}/"
    for person in (here.alice, here.bob):
        said = page(person, address)
        assert "1 admitted · 1 refused" in said
        assert "Refused: the work order is over" in said
        assert f"{here.cabinet.reference} {here.operator.name} Opened" in said
        assert "the answer isn’t this phone’s" not in said, "that one was under no right"
        assert re.search(rf"\b{here.technician.name}\b", said) is None, "nobody's name"
    assert "All of it in the register" in page(here.alice, address)
    assert "All of it in the register" not in page(here.bob, address)


def test_another_convention_has_its_own_and_strangers_none(scene: Scene) -> None:
    lived(scene)
    here = scene.street
    firm = make_organisation("Another firm")
    desk = make_member("Dora", firm, Role.DISPATCHER)
    other = make_convention(here.town, firm, now=utc_now(), by=here.administrator)
    make_cabinet(here.town, firm, other, now=utc_now(), by=here.administrator, reference="PM-77284-0002")
    for person in (here.alice, desk):
        assert "Nothing was done under it yet." in page(person, f"/conventions/{other.pk}/")
    charlie = make_member("Charlie", make_authority("provins").organisation, Role.ADMINISTRATOR)
    assert client(desk).get(f"/conventions/{here.convention.pk}/").status_code == 404
    assert client(charlie).get(f"/conventions/{here.convention.pk}/").status_code == 404
    over = utc_now() - timedelta(minutes=1)
    dave = make_organisation("Firm of yesterday")
    ended = make_convention(here.town, dave, now=utc_now(), by=here.administrator, until=over)
    assert client(make_member("Dave", dave, Role.DISPATCHER)).get(f"/conventions/{ended.pk}/").status_code == 404


def test_the_register_s_list_says_names_before_figures(scene: Scene) -> None:
    lived(scene)
    here = scene.street
    log = f"/entries/of/{here.town.authority.pk}/"
    said = page(here.alice, f"{log}?kind=cabinet.opened")
    assert f"cabinet: {here.cabinet.reference}" in said
    assert f"organisation: {here.operator.name}" in said
    assert "boot: " not in said
    lock = Device.objects.get(pk=here.lock.id)
    assert f"device: {lock.name}" in page(here.alice, f"{log}?kind=device.commissioned")
    given = page(here.alice, f"{log}?kind=grant.asked")
    assert f"convention: {here.convention.title}" in given
    installation = page(here.administrator, "/entries/of/installation/?kind=membership.began")
    assert "role: agent, " in installation
