"""What a request may not outgrow: its cameras when it is asked again, a prefect's order, the truth of its own durations."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import get_current_timezone, localtime

from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.alerts.registry import Facts
from beffroi.kernel.devices.factories import FieldDevice
from beffroi.kernel.grants.models import ConventionPurpose
from beffroi.kernel.register.models import Entry, Payload
from beffroi.lib.clock import utc_now
from beffroi.lib.years import years_after
from beffroi.persistence.acts import system_action
from beffroi.systems.video.actions.sites import CameraFacts, SiteFacts, add_camera, add_site
from beffroi.systems.video.factories import serve
from beffroi.systems.video.forms.requests import AskForm
from beffroi.systems.video.models import Call, Camera, Relay, Viewing
from beffroi.systems.video.queries.requests import Asking
from beffroi.systems.video.queries.viewings import quarters
from beffroi.systems.video.queries.words import request_alert_words
from beffroi.systems.video.rules import DEVICE_KIND, ORDER_YEARS, Alarm, PlaceKind, Regime
from beffroi.systems.video.tests.scene import Scene, client, kinds


def said(page: bytes) -> str:
    return " ".join(page.decode().split())


def client_french(scene: Scene) -> Client:
    browser = Client(headers={"accept-language": "fr"})
    browser.force_login(scene.here.bob)
    return browser


def stated(kind: str, name: str) -> list[object]:
    entries = Entry.objects.filter(kind=kind).values_list("pk", flat=True)
    return [one.fields[name]["value"] for one in Payload.objects.filter(entry__in=list(entries))]


def test_asking_again_for_one_camera_does_not_ask_for_its_neighbours(scene: Scene) -> None:
    camera = scene.here.cameras[1]
    request = scene.ask(where=f"camera:{camera.pk}")
    page = scene.bob.get(f"/video/ask/?earlier={request.pk}").content.decode()
    assert f'<option value="camera:{camera.pk}" selected>' in page
    whole = scene.ask()
    again = scene.bob.get(f"/video/ask/?earlier={whole.pk}").content.decode()
    assert f'<option value="site:{scene.here.site.pk}" selected>' in again


def test_a_camera_whose_order_is_over_or_that_has_no_relay_cannot_be_asked_for(scene: Scene) -> None:
    street, bare, good = scene.here.cameras
    signed = years_after(localtime(utc_now()).date(), -ORDER_YEARS)
    changes = {
        "regime": Regime.PUBLIC_ROAD,
        "place_kind": PlaceKind.STREET,
        "order_number": "2021-7",
        "order_on": signed,
    }
    system_action(lambda: Camera.objects.filter(pk=street.pk).update(**changes))()
    system_action(lambda: Camera.objects.filter(pk=bare.pk).update(relay=None))()
    roads = ConventionPurpose.objects.filter(convention=scene.lent.convention, purpose="occupation")
    system_action(lambda: roads.update(legal_article="L251-2", place_kinds=[]))()
    page = scene.bob.get("/video/ask/").content.decode()
    assert [f"camera:{row.pk}" in page for row in (street, bare, good)] == [False, False, True]
    request = scene.ask()
    assert [row.resource for row in scene.right(request).resources.all()] == [good.pk]
    system_action(lambda: Camera.objects.filter(pk=street.pk).update(order_on=signed + timedelta(days=2)))()
    assert f"camera:{street.pk}" in scene.bob.get("/video/ask/").content.decode()


def test_an_emergency_justified_before_it_was_even_missed_was_justified_in_time(scene: Scene) -> None:
    request = scene.ask(emergency="on")
    scene.bob.post(f"/video/requests/{request.pk}/justify/", {"words": "Un homme armé dans le hall."})
    assert stated("video.request-justified", "kept") == [1]


def test_an_emergency_justified_after_a_day_was_not(scene: Scene) -> None:
    request = scene.ask(emergency="on")
    request.asked_at -= timedelta(hours=24, minutes=1)
    system_action(lambda: request.save(update_fields=["asked_at"]))()
    scene.bob.post(f"/video/requests/{request.pk}/justify/", {"words": "Un homme armé dans le hall."})
    assert stated("video.request-justified", "kept") == [0]


def test_the_alert_of_another_entrance_is_another_alert(scene: Scene) -> None:
    lea = client(scene.here.lea)
    for entrance in scene.here.entrances[:2]:
        lea.post("/video/button/", {"where": f"entrance:{entrance.pk}", "words": f"Vite, {entrance.name}"})
    assert Alert.objects.filter(kind="video.call", ended_at__isnull=True).count() == 2
    assert kinds("video.called") == ["video.called", "video.called"]


def test_what_is_said_at_a_second_press_is_read_with_the_first(scene: Scene) -> None:
    lea = client(scene.here.lea)
    for words in ("", "Ils sont trois", "Ils sont trois", "L’un a un couteau"):
        lea.post("/video/button/", {"where": f"site:{scene.here.site.pk}", "words": words})
    call = Call.objects.get()
    page = said(scene.bob.get(f"/video/ask/?call={call.pk}").content)
    assert page.count("Ils sont trois") == 1
    assert "L’un a un couteau" in page


def test_four_cameras_watched_at_once_for_a_minute_are_a_minute(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    first, second = "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAQ"
    minute = timedelta(seconds=60)
    at = utc_now() - minute
    other = scene.here.cameras[1].pk
    scene.tell(scene.looks(request, at=at, nonce=first), scene.looks(request, at=at, nonce=second, camera=other))
    ended = Viewing.objects.order_by("started").last()
    assert ended is not None
    system_action(
        lambda: Viewing.objects.update(ended=ended.started + minute, lasted=60_000, cause="left"),
    )()
    scene.bob.post(f"/video/requests/{request.pk}/close/")
    scene.later(request.asked_at + timedelta(hours=2, minutes=2))
    assert stated("video.request-accounted", "watched") == [60]


def test_a_look_that_no_beat_ever_named_ends_once_its_right_is_over(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    scene.tell(scene.looks(request))
    scene.later(request.asked_at + timedelta(hours=2, minutes=2))
    row = Viewing.objects.get()
    assert (row.ended, row.by_last_beat) == (row.started, True)
    scene.tell(scene.leaves(lasted=22_500, cause="restarted"))
    row.refresh_from_db()
    assert (row.by_last_beat, row.lasted) == (False, 22_500)
    assert kinds("video.viewing") == ["video.viewing-started", "video.viewing-ended", "video.viewing-corrected"]


def test_how_long_is_not_said_to_be_optional(scene: Scene) -> None:
    page = said(client_french(scene).get("/video/ask/").content)
    assert "Combien de temps" in page
    assert "Combien de temps (facultatif)" not in page.replace('<span class="optional">', "")
    assert AskForm(askings=[]).fields["lasts"].required
    assert not AskForm({"minutes": "90"}, askings=[]).fields["lasts"].required


def test_a_procedure_is_not_for_the_owner_to_read(asked_first: Scene) -> None:
    request = asked_first.ask()
    page = f"/video/requests/{request.pk}/"
    assert "2026/118" not in client(asked_first.here.lea).get(page).content.decode()
    assert "2026/118" in asked_first.bob.get(page).content.decode()
    assert "2026/118" in client(asked_first.here.administrator).get(page).content.decode()


def test_nights_are_nights_and_not_the_days_between(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    zone = get_current_timezone()
    first = datetime(2026, 3, 2, tzinfo=zone)
    nonces = ["AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAQ", "AAAAAAAAAAAAAAAAAAAAAg", "AAAAAAAAAAAAAAAAAAAAAw"]
    scene.tell(*(scene.looks(request, nonce=nonce) for nonce in nonces))
    hours = [(23, 23.5), (36, 37), (41.9, 42.2), (53, 54)]  # night, noon, until just after 18:00, night
    for nonce, (begins, ends) in zip(nonces, hours, strict=True):
        span = {"started": first + timedelta(hours=begins), "ended": first + timedelta(hours=ends)}
        system_action(lambda nonce=nonce, span=span: Viewing.objects.filter(nonce=nonce).update(**span))()
    sought = {"first": "2026-03-02", "last": "2026-03-03", "part": "night"}
    page = said(client(scene.here.administrator).get("/video/viewings/", sought).content)
    assert "3 viewings" in page
    assert "4 viewings" in said(
        client(scene.here.administrator)
        .get("/video/viewings/", {**sought, "last": "2026-03-04", "part": "day"})
        .content
    )


def test_a_quarter_that_retention_has_begun_to_destroy_is_not_told(scene: Scene) -> None:
    """Its figure would go down each night by what was looked at on that day a year before."""
    request = scene.ask()
    scene.mint()
    scene.tell(scene.looks(request))
    authority, now = scene.here.town.authority.pk, datetime(2026, 11, 23, tzinfo=UTC)
    for month, told in ((datetime(2025, 11, 24, tzinfo=UTC), []), (datetime(2026, 2, 1, tzinfo=UTC), [(2026, 1)])):
        system_action(lambda month=month: Viewing.objects.update(started=month))()
        assert [(one.year, one.number) for one in quarters(authority, as_of=now)] == told


def test_a_file_for_the_commission_is_whole_or_there_is_none(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    request = scene.ask()
    scene.mint()
    scene.tell(scene.looks(request), scene.leaves(lasted=65_000))
    admin = client(scene.here.administrator)
    monkeypatch.setattr("beffroi.systems.video.pages.viewings.MOST_EXPORTED", 0)
    answer = admin.get("/video/viewings/file/?part=day", follow=True)
    assert answer.redirect_chain == [("/video/viewings/?part=day", 302)]
    assert "choose fewer days" in said(answer.content)
    monkeypatch.setattr("beffroi.systems.video.pages.viewings.MOST_EXPORTED", 1)
    assert admin.get("/video/viewings/file/?part=day")["Content-Type"] == "application/x-ndjson"


def test_of_several_sites_none_is_chosen_beforehand(scene: Scene) -> None:
    here, now = scene.here, utc_now()
    facts = SiteFacts(here.landlord.pk, "Résidence des Quais", "5 quai Haut", 48.82, 2.41, "Service juridique")
    site = add_site(authority=here.town.authority.pk, facts=facts, by=None, now=now)
    hall = CameraFacts(1, "Hall", PlaceKind.HALL, Regime.COMMON_PARTS)
    camera = add_camera(site=site, facts=hall, by=None, now=now)
    serve(camera, scene.lent.relay, now=now)
    one = Asking(scene.lent.convention, here.police.pk, frozenset({here.cameras[0].pk}), now.date())
    two = Asking(scene.lent.convention, here.police.pk, frozenset({here.cameras[0].pk, camera.pk}), now.date())
    fields = [AskForm(askings=[asked]).fields["where"] for asked in (one, two)]
    firsts = [where.choices[0][0] for where in fields]  # type: ignore[attr-defined]  # a ChoiceField
    assert firsts == [f"site:{here.site.pk}", ""]


@pytest.mark.parametrize("printed", [True, False])
def test_a_relay_is_registered_by_the_very_file_that_it_wrote(scene: Scene, printed: bool) -> None:
    device = FieldDevice(kind=DEVICE_KIND)
    written = json.dumps({"request": device.request}) + "\n" if printed else device.request
    typed = {
        "authority": str(scene.here.town.authority.pk),
        "name": "Relais des quais",
        "address": "https://quais.example:8443",
        "request": SimpleUploadedFile("request.json", written.encode()),
    }
    answer = client(scene.here.administrator).post("/video/relays/add/", typed)
    assert answer.status_code == 302, said(answer.content)
    assert Relay.objects.filter(device=device.id, address="https://quais.example:8443").exists()


def test_a_file_that_no_relay_wrote_is_refused_in_words(scene: Scene) -> None:
    for content in (b"{", b"[]", b'{"request": 7}', "é".encode(), b"nothing"):
        typed = {
            "authority": str(scene.here.town.authority.pk),
            "name": "Relais",
            "address": "https://quais.example:8443",
            "request": SimpleUploadedFile("request.json", content),
        }
        answer = client(scene.here.administrator).post("/video/relays/add/", typed)
        assert answer.status_code == 422, content


def test_an_alert_that_nobody_answered_does_not_say_that_somebody_did(asked_first: Scene) -> None:
    scene = asked_first
    request = scene.ask()
    scene.bob.post(f"/video/requests/{request.pk}/close/")
    ended = Alert.objects.get(kind="video.approval")
    said_of = {
        reason: request_alert_words(
            alarm,
            Facts(ended.pk, ended.authority_id, request.pk, None, "Pont", utc_now(), "Police", True, reason, {}),
            "en",
        ).title
        for alarm, reason in (
            (Alarm.APPROVAL, ended.reason),
            (Alarm.APPROVAL, "answered"),
            (Alarm.CALL, "unanswered"),
            (Alarm.EMERGENCY, "not-confirmed"),
        )
    }
    assert list(said_of.values()) == [
        "Images of Pont: no longer asked for",
        "Images of Pont: answered",
        "Alert from Pont: nobody asked for the images",
        "Emergency, images of Pont: nobody confirmed",
    ]
