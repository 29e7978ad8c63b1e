"""The law of a camera and the text of a reason: they are the same, when a convention is signed and each time somebody asks."""

from datetime import date, datetime, timedelta

import pytest
from django.utils.timezone import localtime

from beffroi.kernel.grants.models import ConventionPurpose, Grant
from beffroi.kernel.grants.rules import Refusal, RefusalCode
from beffroi.kernel.register.models import Entry, Payload
from beffroi.lib.clock import utc_now
from beffroi.lib.years import years_after
from beffroi.persistence.acts import system_action
from beffroi.systems.video.actions.requests import Wanted, ask_images
from beffroi.systems.video.models import Camera, Request
from beffroi.systems.video.rules import ORDER_YEARS, PlaceKind, Regime, regime_under
from beffroi.systems.video.tests.scene import Scene, client
from beffroi.systems.video.tests.test_writing import begun, filled

A_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("law", "regime"),
    [
        ("Code de la sécurité intérieure L272-2", Regime.COMMON_PARTS),
        ("CSI article L. 272\N{NON-BREAKING HYPHEN}2", Regime.COMMON_PARTS),
        ("CSI L251-2", Regime.PUBLIC_ROAD),
        ("code de la sécurité intérieure, art. l. 252-1", Regime.PUBLIC_ROAD),
        ("RGPD 6.1.e", Regime.CLOSED_PREMISES),
        ("CSI L272-20", Regime.CLOSED_PREMISES),
        ("", Regime.CLOSED_PREMISES),
    ],
)
def test_a_text_is_the_law_of_one_regime(law: str, regime: Regime) -> None:
    assert regime_under(law) is regime


def under(camera: Camera, regime: Regime, **changes: object) -> None:
    """Written past the action, which would close what is given."""
    system_action(lambda: Camera.objects.filter(pk=camera.pk).update(regime=regime, **changes))()


def on_a_street(camera: Camera, order_on: date) -> None:
    under(camera, Regime.PUBLIC_ROAD, place_kind=PlaceKind.PARKING, order_number="2021-7", order_on=order_on)


def ask(scene: Scene, camera: Camera, now: datetime) -> Request | Refusal:
    wanted = Wanted(
        site=scene.here.site,
        entrance=None,
        cameras=[camera.pk],
        convention=scene.lent.convention.pk,
        purpose="theft",
        lasting=timedelta(hours=2),
        organisation=scene.here.police.pk,
        key=scene.lent.browser.pk,
    )
    return ask_images(wanted=wanted, by=scene.here.bob.pk, now=now)


def refused() -> list[str]:
    entries = Entry.objects.filter(kind="grant.refused").values("pk")
    return [one.fields["reason"]["value"] for one in Payload.objects.filter(entry__in=entries)]


@pytest.mark.parametrize("regime", [Regime.CLOSED_PREMISES, Regime.PUBLIC_ROAD])
@pytest.mark.parametrize("template", ["charenton", "l272-2"])
def test_no_convention_of_common_parts_covers_what_is_under_another_law(
    scene: Scene, template: str, regime: Regime
) -> None:
    hall, admin = scene.here.cameras[0], client(scene.here.administrator)
    if regime is Regime.PUBLIC_ROAD:
        on_a_street(hall, localtime(utc_now()).date())
    else:
        under(hall, regime)
    path = begun(scene, admin, template)
    answer = admin.post(path, filled(scene, admin, path))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Under another law than the text of any of its reasons: Résidence du Pont, 1 · Hall." in page
    of_its_own = (
        {"purpose-0-legal_article": "L251-2"}
        if regime is Regime.PUBLIC_ROAD
        else {
            "purpose-0-legal_text": "RGPD",
            "purpose-0-legal_article": "6.1.e",
        }
    )
    assert admin.post(path, filled(scene, admin, path, **of_its_own)).status_code == 302


def test_a_camera_that_came_under_another_law_is_neither_offered_nor_given(scene: Scene) -> None:
    hall, other, _third = scene.here.cameras
    under(hall, Regime.CLOSED_PREMISES)
    page = scene.bob.get("/video/ask/").content.decode()
    assert [f"camera:{row.pk}" in page for row in (hall, other)] == [False, True]
    assert ask(scene, hall, utc_now()) == Refusal(RefusalCode.ANOTHER_LAW)
    assert not Grant.objects.exists()
    assert refused() == ["under-another-law"]
    assert hall.pk not in {row.resource for row in scene.right(scene.ask()).resources.all()}, "the others are given"


def test_an_order_is_asked_whether_it_lasts_as_long_as_the_right(scene: Scene) -> None:
    street, now = scene.here.cameras[0], utc_now()
    roads = ConventionPurpose.objects.filter(convention=scene.lent.convention)
    system_action(lambda: roads.update(legal_article="L251-2"))()
    over_at = localtime(now + timedelta(hours=2)).date()
    on_a_street(street, years_after(over_at, -ORDER_YEARS))
    given = ask(scene, street, now)
    assert isinstance(given, Refusal)
    assert given.code is RefusalCode.ORDER_OVER
    assert refused() == ["order-over"]
    on_a_street(street, years_after(over_at + 2 * A_DAY, -ORDER_YEARS))
    assert isinstance(ask(scene, street, now), Request)
