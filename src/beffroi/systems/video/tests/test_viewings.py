"""What relays tell becomes the register of viewings: begun, ended, ended at the last beat, corrected; found, printed, exported, counted."""

import json
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from django.test import override_settings
from django.utils.timezone import localtime
from pypdf import PdfReader

from beffroi.kernel.devices.registry import DeviceIdentity, LeaseEnded
from beffroi.kernel.register.factories import Town
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.register.queries.keys import create_checkpoint_key
from beffroi.lib.clock import utc_now
from beffroi.persistence.acts import system_action
from beffroi.protocol.register.receipt import parse_receipt, verify_receipt
from beffroi.systems.video.jobs import on_lease
from beffroi.systems.video.models import Mark, Viewing
from beffroi.systems.video.queries.sources import served
from beffroi.systems.video.tests.scene import NONCE, Scene, client, kinds

A_SHEET = 30  # looks at one camera


def said(page: bytes) -> str:
    return " ".join(page.decode().split())


def identity(scene: Scene) -> DeviceIdentity:
    return DeviceIdentity(scene.lent.device.id, scene.here.town.authority.id, "relay", "Relais")


def silent(scene: Scene, at: datetime) -> None:
    system_action(lambda: on_lease(LeaseEnded(identity(scene), at, (NONCE,))))()


def test_a_look_is_an_entry_at_its_beginning_and_its_end(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    scene.tell(scene.looks(request))
    row = Viewing.objects.get()
    assert (row.person, row.organisation_id, row.purpose) == (scene.here.bob.pk, scene.here.police.pk, "theft")
    assert row.ended is None
    scene.tell(scene.leaves(lasted=4200))
    row.refresh_from_db()
    assert (row.cause, row.lasted) == ("left", 4200)
    assert kinds("video.viewing") == ["video.viewing-started", "video.viewing-ended"]


def test_a_batch_of_both_comes_in_any_order(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    first, second = scene.looks(request), scene.leaves(lasted=900)
    scene.tell(second)
    scene.tell(first)
    assert Viewing.objects.get().lasted == 900


def test_a_refusal_and_a_camera_of_nobody(scene: Scene) -> None:
    camera = scene.here.cameras[0]
    at = int(utc_now().timestamp())
    scene.tell(
        scene.lent.device.write(
            "use-refused", at=at, action="view", reason="expired", transport="network", gate=str(camera.pk)
        ),
        scene.lent.device.write("use-refused", at=at, action="view", reason="expired", transport="network"),
    )
    assert Viewing.objects.get().reason == "expired"
    assert kinds("video.viewing") == ["video.viewing-refused"]


def test_a_relay_that_falls_silent_ends_its_looks_and_its_own_record_corrects_them(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    looked = utc_now() - timedelta(seconds=30)
    scene.tell(scene.looks(request, at=looked))
    silent(scene, looked + timedelta(seconds=20))
    row = Viewing.objects.get()
    assert (row.by_last_beat, row.cause) == (True, "relay-silent")
    assert row.lasted is not None
    assert 20_000 <= row.lasted <= 21_000  # what the relay says of the moment is whole seconds
    silent(scene, utc_now())
    scene.tell(scene.leaves(lasted=22_500, cause="restarted"))
    row.refresh_from_db()
    assert (row.by_last_beat, row.cause, row.lasted) == (False, "restarted", 22_500)
    assert kinds("video.viewing") == ["video.viewing-started", "video.viewing-ended", "video.viewing-corrected"]


def test_who_looked_at_camera_1_that_night_why_and_under_which_text(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    scene.tell(scene.looks(request), scene.leaves(lasted=65_000))
    camera, today = scene.here.cameras[0], localtime(utc_now()).date()
    asked = {"camera": str(camera.pk), "first": today.isoformat()}
    page = said(client(scene.here.administrator).get("/video/viewings/", asked).content)
    for words in ("Bob", "Vols", "CSI, L272-2", scene.here.police.name, "1 minute", "1 viewing"):
        assert words in page, words
    agent = said(client(scene.here.alice).get("/video/viewings/", asked).content)
    assert "Vols" in agent
    assert "Bob" not in agent
    before = {**asked, "first": "2020-01-01"}
    assert "no viewing matches" in said(client(scene.here.administrator).get("/video/viewings/", before).content)
    other = {**asked, "camera": str(scene.here.cameras[1].pk)}
    assert "no viewing matches" in said(client(scene.here.administrator).get("/video/viewings/", other).content)


def test_a_cameras_page_leads_to_who_looked_at_it_and_one_night_is_named(scene: Scene) -> None:
    camera, admin = scene.here.cameras[0], client(scene.here.administrator)
    link = f"/video/viewings/?camera={camera.pk}"
    page = said(admin.get(f"/video/cameras/{camera.pk}/").content)
    assert link in page
    assert "only what goes through Beffroi is limited and written down" in page
    assert "night of 24 Nov. 2026 to the next" in said(admin.get(f"{link}&first=2026-11-24&part=night").content)


def test_it_is_printed_in_french_on_one_page(scene: Scene) -> None:
    """Thirty looks at one camera, each with all that the law wants of it."""
    request = scene.ask()
    scene.mint()
    for nonce in (f"{number:03}{NONCE[3:]}" for number in range(A_SHEET)):
        scene.tell(scene.looks(request, nonce=nonce), scene.leaves(lasted=65_000, nonce=nonce))
    admin = client(scene.here.administrator)
    asked = {"camera": str(scene.here.cameras[0].pk), "format": "pdf"}
    answer = admin.get("/video/viewings/", asked, headers={"accept-language": "fr"})
    assert answer["Content-Type"] == "application/pdf"
    (page,) = PdfReader(BytesIO(answer.content)).pages
    words = " ".join(page.extract_text().split())
    assert words.count("L272-2") >= A_SHEET
    for told in ("Registre des consultations", "Vols dans les parties communes", "L272-2", "Bob", "1 minute"):
        assert told in words, told


def test_the_export_has_a_line_a_look_and_strangers_have_none(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    scene.tell(scene.looks(request), scene.leaves(lasted=65_000))
    answer = client(scene.here.administrator).get("/video/viewings/file/")
    (line,) = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]  # it streams
    stated = json.loads(line)
    assert (stated["number"], stated["reason"], stated["officer"]) == (
        1,
        "Vols dans les parties communes",
        scene.here.bob.name,
    )
    row = Viewing.objects.get()
    assert stated["entries"] == {"beginning": str(row.entry), "end": str(row.ending)}
    assert set(stated["receipts"]) == set(stated["entries"])
    assert client(scene.here.lea).get("/video/viewings/file/").status_code == 404


def exported(scene: Scene, **asked: str) -> list[dict[str, object]]:
    answer = client(scene.here.administrator).get("/video/viewings/file/", asked)
    told = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # it streams
    return [json.loads(line) for line in told.splitlines()]


def test_an_end_that_was_corrected_is_proven_with_its_beginning_and_its_correction(
    scene: Scene, tmp_path: Path
) -> None:
    register = Town(home=tmp_path, authority=scene.here.town.authority.id)
    create_checkpoint_key(register.shelf.key_folder)
    request = scene.ask()
    scene.mint()
    scene.tell(scene.looks(request))
    silent(scene, utc_now())
    scene.tell(scene.leaves(lasted=22_500, cause="restarted"))
    register.sequence()
    with override_settings(BEFFROI_HOME=tmp_path, BEFFROI_REGISTER_HOST=register.shelf.host):
        (stated,) = exported(scene)
    receipts = stated["receipts"]
    assert isinstance(receipts, dict)
    found = {part: parse_receipt(json.dumps(one).encode()) for part, one in receipts.items()}
    proven = {part: verify_receipt(receipt, register.vkeys()) for part, receipt in found.items()}
    assert {part: one.entry.kind for part, one in proven.items()} == {
        "beginning": "video.viewing-started",
        "end": "video.viewing-ended",
        "correction": "video.viewing-corrected",
    }
    assert (proven["end"].openings["by_last_beat"].value, proven["correction"].openings["lasted"].value) == (1, 22_500)


def test_whoever_takes_lines_away_leaves_an_entry_that_says_which_were_sought(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    scene.tell(scene.looks(request), scene.leaves(lasted=65_000))
    camera, today = scene.here.cameras[0], localtime(utc_now()).date().isoformat()
    exported(scene, camera=str(camera.pk), first=today, officer=str(scene.here.bob.pk))
    admin = client(scene.here.administrator)
    admin.get("/video/viewings/", {"first": today, "why": "theft", "format": "pdf"})
    admin.get("/video/viewings/")
    assert kinds("video.viewings-") == ["video.viewings-exported", "video.viewings-printed"]
    file, paper = (fields_of(kind) for kind in ("video.viewings-exported", "video.viewings-printed"))
    assert (file["count"], file["camera"], file["person"]) == (1, str(camera.pk), str(scene.here.bob.pk))
    assert (paper["count"], paper["purpose"], "camera" in paper) == (1, "theft", False)
    assert file["by"] == paper["by"] == str(scene.here.administrator.pk)


def fields_of(kind: str) -> dict[str, object]:
    entries = Entry.objects.filter(kind=kind).values("pk")
    return {name: one["value"] for name, one in Payload.objects.get(entry__in=entries).fields.items()}


def test_a_moment_is_marked_while_the_look_lasts_and_no_later(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    long_ago = utc_now() - timedelta(minutes=5)
    scene.tell(scene.looks(request, at=long_ago), scene.leaves(lasted=1000))
    late = scene.bob.post(f"/video/viewings/use/{NONCE}/mark")
    assert (late.status_code, late.json()) == (409, {"reason": "over"})
    assert not Mark.objects.exists()
    assert kinds("video.marked") == []


def test_a_snapshot_and_a_mark_are_entries_of_whoever_looks(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    scene.tell(scene.looks(request))
    assert scene.bob.post(f"/video/viewings/use/{NONCE}/snapshot").status_code == 201
    assert scene.bob.post(f"/video/viewings/use/{NONCE}/mark").status_code == 201
    assert scene.bob.post(f"/video/viewings/use/{NONCE}/erase").status_code == 404
    assert client(scene.here.administrator).post(f"/video/viewings/use/{NONCE}/mark").status_code == 404
    assert sorted(Mark.objects.values_list("kind", flat=True)) == ["mark", "snapshot"]
    assert kinds("video.snapshot") + kinds("video.marked") == ["video.snapshot", "video.marked"]


def test_the_player_is_told_what_it_may_show_and_of_which_relay(scene: Scene) -> None:
    request = scene.ask()
    before = scene.bob.get(f"/video/requests/{request.pk}/watch/state/").json()
    assert (before["state"], before["tiles"][0]["chain"]) == ("granting", "")
    scene.mint()
    one = f"/video/requests/{request.pk}/watch/?camera={scene.here.cameras[1].pk}"
    assert one in scene.bob.get(f"/video/requests/{request.pk}/").content.decode()
    page = scene.bob.get(one)
    assert page.status_code == 200
    facts = scene.bob.get(f"/video/requests/{request.pk}/watch/state/?camera={scene.here.cameras[1].pk}").json()
    (tile,) = facts["tiles"]
    assert tile["gate"] == str(scene.here.cameras[1].pk)
    assert tile["relay"] == {"id": str(scene.lent.device.id), "address": "https://relay.example:8443"}
    assert (facts["state"], facts["thumbprint"]) == ("open", scene.lent.browser.thumbprint)
    assert tile["chain"] == scene.right(request).token
    assert len(facts["roots"]) == 2
    assert "rtsp" not in page.content.decode()


def test_a_password_is_typed_once_and_shown_to_nobody(scene: Scene) -> None:
    admin, camera = client(scene.here.administrator), scene.here.cameras[0]
    address = f"/video/cameras/{camera.pk}/source/"
    typed = {
        "relay": str(scene.lent.relay.pk),
        "url": "rtsp://10.0.0.9:554/low",
        "user": "viewer",
        "password": "très secret",
        "profile": "H.264",
    }
    assert admin.post(address, typed).status_code == 302
    pages = admin.get(address).content.decode() + admin.get(f"/video/cameras/{camera.pk}/").content.decode()
    assert "très secret" not in pages
    camera.refresh_from_db()
    assert "secret" not in camera.sealed
    assert (camera.source, bool(camera.sealed)) == ("rtsp://10.0.0.9:554/low", True)
    inside = admin.post(address, {**typed, "url": "rtsp://user:pass@10.0.0.9/low"})
    assert inside.status_code == 422
    assert [gate.gate for gate in served(identity(scene))] == sorted(one.pk for one in scene.here.cameras)
    admin.post(f"/video/cameras/{camera.pk}/service/", {"act": "out"})
    assert camera.pk not in [gate.gate for gate in served(identity(scene))]
    assert "très secret" not in str([one.fields for one in Payload.objects.all()])
    assert client(scene.here.alice).get(address).status_code == 404


def test_public_figures_are_of_quarters_that_are_over_and_join_small_ones(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    scene.tell(scene.looks(request))
    page = client().get("/video/at/charenton/figures/")
    assert "No quarter to tell of yet" in said(page.content)
    last = utc_now() - timedelta(days=100)
    system_action(lambda: Viewing.objects.update(started=last))()
    told = said(client().get("/video/at/charenton/figures/").content)
    assert "All sites together" in told
    assert "fewer than 10" in told
    assert scene.here.site.name not in told
