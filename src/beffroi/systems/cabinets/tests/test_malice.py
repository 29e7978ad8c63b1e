"""What counts as malice is one rule: for the alert, for the map, for the feed, and for whose name the police may read."""

from django.test import Client

from beffroi.kernel.alerts.models import Alert
from beffroi.lib.clock import utc_now
from beffroi.persistence.layers import Severity
from beffroi.systems.cabinets.actions.cabinets import set_ladder
from beffroi.systems.cabinets.models import Occurrence, Use
from beffroi.systems.cabinets.rules import Alarm, Happening, Ladder
from beffroi.systems.cabinets.tests.scene import MINUTE, Scene, client


def on_the_map(officer: Client) -> int:
    (layer,) = (one for one in officer.get("/console/state/").json()["layers"] if one["code"] == "cabinets")
    (cabinet,) = layer["things"]
    return int(cabinet["severity"])


def gravest(officer: Client) -> int:
    return max(int(line["severity"]) for line in officer.get("/console/state/").json()["feed"])


def test_a_key_is_malice_in_control_only_for_alert_map_feed_and_names(scene: Scene) -> None:
    set_ladder(cabinet=scene.street.cabinet, ladder=Ladder.IDENTIFY, by=None, now=utc_now())
    scene.live(scene.used(ago=9 * MINUTE), scene.sign("opened", ago=8 * MINUTE), scene.sign("closed", ago=7 * MINUTE))
    scene.street.lock.boot += 1  # it started again: what was used before opens nothing any more
    # A colleague, with the key that the cabinet keeps.
    scene.live(scene.sign("opened", ago=5 * MINUTE), scene.sign("closed", ago=4 * MINUTE))
    assert Occurrence.objects.filter(kind=Happening.UNIDENTIFIED).count() == 1
    officer, who = client(scene.officer), f"/uses/{Use.objects.get().pk}/who/"
    assert officer.post(who).status_code == 404, "the technician did nothing, and nothing was done near it"
    assert on_the_map(officer) == Severity.CALM
    assert gravest(officer) < Severity.ALARM
    assert not Alert.objects.exists()
    page, accusation = f"/cabinets/{scene.cabinet.pk}/", "nobody had the right to"
    assert accusation not in officer.get(page).content.decode() + officer.get("/console/state/").content.decode()
    set_ladder(cabinet=scene.cabinet, ladder=Ladder.CONTROL, by=None, now=utc_now())
    # Minutes later, which makes it the same occurrence: what it is now decides.
    scene.live(scene.sign("opened", ago=2 * MINUTE), scene.sign("closed", ago=MINUTE))
    assert Alert.objects.get().kind == Alarm.FORCED
    assert Alert.objects.get().facts["shut"]
    assert (on_the_map(officer), gravest(officer)) == (Severity.ALARM, Severity.ALARM)
    assert accusation in officer.get(page).content.decode()
    assert scene.street.technician.name in officer.post(who).content.decode()
