"""Asking for images by HTTP: four acts, typed refusals in words, the owner's answer, ends, extensions, emergencies."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.models import Deadline
from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.grants.actions.staff import withdraw_designation
from beffroi.kernel.grants.models import Designation, Grant, GrantState
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.territory.factories import make_member
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.video.factories import STILL
from beffroi.systems.video.models import Request
from beffroi.systems.video.rules import COUNTDOWN
from beffroi.systems.video.tests.scene import Scene, client, kinds

MINUTE = timedelta(minutes=1)


def said(page: bytes) -> str:
    return " ".join(page.decode().split())


def test_an_officer_asks_in_four_acts_and_the_right_is_signed_for_the_browser(scene: Scene) -> None:
    page = scene.bob.get("/video/ask/")
    assert page.status_code == 200
    whole = f'<option value="site:{scene.here.site.pk}">{scene.here.site.name}, all entrances</option>'
    assert whole in said(page.content).replace(" selected", "")
    request = scene.ask(receiving=str(scene.lent.gendarmerie.pk))
    scene.mint()
    right = scene.right(request)
    assert (right.state, right.key_id) == (GrantState.MINTED, scene.lent.browser.pk)
    assert {row.resource for row in right.resources.all()} == {camera.pk for camera in scene.here.cameras}
    assert request.receiving == scene.lent.gendarmerie
    assert kinds("video.request") == ["video.request-made"]
    values = str([one.fields for one in Payload.objects.all()])
    assert "Madame Untel" not in values
    assert "2026/118" not in values


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"minutes": "119"}, "2 h at least"),
        ({"minutes": "721"}, "12 h at most"),
        ({"minutes": "0"}, "greater than or equal to 1"),
        ({"minutes": ""}, "Say how long"),
        ({"why": "nothing:at-all"}, "Select a valid choice"),
        ({"key": "another-browser"}, "not known as yours any more"),
    ],
)
def test_what_the_convention_does_not_admit_is_said_beside_it(
    scene: Scene, changes: dict[str, object], words: str
) -> None:
    answer = scene.bob.post("/video/ask/", scene.answers(**changes))
    assert answer.status_code == 422
    assert words in said(answer.content)
    assert not Request.objects.exists()
    assert not Grant.objects.exists()


def test_two_presses_of_one_form_make_one_request_and_another_answer_another(scene: Scene) -> None:
    page = scene.bob.get("/video/ask/").content.decode()
    found = re.search(r'name="submission" value="([0-9a-f-]{36})"', page)
    assert found is not None
    first = scene.ask(submission=found[1])
    again = scene.bob.post("/video/ask/", scene.answers(submission=found[1]))
    assert again["Location"] == f"/video/requests/{first.pk}/watch/"
    assert (Request.objects.count(), Grant.objects.count(), kinds("video.request")) == (1, 1, ["video.request-made"])
    scene.ask(submission=found[1], minutes="180")
    assert Request.objects.count() == 2, "typed otherwise since, it is another"


def test_the_time_granted_runs_from_the_owners_yes(asked_first: Scene) -> None:
    scene = asked_first
    request = scene.ask()
    state = f"/video/requests/{request.pk}/watch/state/"
    assert [tile["ends"] for tile in scene.bob.get(state).json()["tiles"]] == [None] * 3
    client(scene.here.lea).post(f"/video/requests/{request.pk}/answer/", {"act": "approve"})
    ends = scene.right(request).ends.isoformat()
    assert [tile["ends"] for tile in scene.bob.get(state).json()["tiles"]] == [ends] * 3


def test_both_bounds_are_admitted(scene: Scene) -> None:
    scene.ask(minutes="", lasts="120")
    scene.ask(minutes="720")
    page = scene.bob.get("/video/ask/").content.decode()
    assert ("8 hours" in page, "1 hour<" in page) == (True, False), "what the convention admits is offered"


def test_an_officer_who_is_not_designated_any_more_is_told_so(scene: Scene) -> None:
    withdraw_designation(designation=Designation.objects.get(), by=None, now=utc_now())
    answer = scene.bob.post("/video/ask/", scene.answers())
    assert (answer.status_code, "not designated" in said(answer.content)) == (422, True)


def test_a_camera_out_of_service_or_outside_the_convention_cannot_be_asked_for(scene: Scene) -> None:
    camera = scene.here.cameras[0]
    client(scene.here.administrator).post(f"/video/cameras/{camera.pk}/service/", {"act": "out"})
    answer = scene.bob.post("/video/ask/", scene.answers(where=f"camera:{camera.pk}"))
    assert "Select a valid choice" in said(answer.content)
    request = scene.ask()
    assert camera.pk not in {row.resource for row in scene.right(request).resources.all()}


def test_an_owner_answers_and_the_right_begins_then(asked_first: Scene) -> None:
    scene = asked_first
    request = scene.ask()
    assert scene.right(request).state == GrantState.WAITING
    assert Alert.objects.get(kind="video.approval").organisation_id == scene.here.landlord.pk
    lea = client(scene.here.lea)
    assert "1 request for images waits for you" in said(lea.get("/").content)
    page = said(lea.get(f"/video/requests/{request.pk}/").content)
    assert "Do you let this officer look?" in page
    assert "Madame Untel" in page
    assert client(scene.here.alice).post(f"/video/requests/{request.pk}/answer/", {"act": "approve"}).status_code == 404
    lea.post(f"/video/requests/{request.pk}/answer/", {"act": "approve"})
    right = scene.right(request)
    assert (right.state, right.ends - right.starts) == (GrantState.ASKED, timedelta(hours=2))
    assert Alert.objects.get(kind="video.approval").ended_at is not None
    again = lea.post(f"/video/requests/{request.pk}/answer/", {"act": "approve"}, follow=True)
    assert "answered, or ended, already" in said(again.content)


def test_an_owner_says_no_for_a_reason_and_the_officer_reads_it(asked_first: Scene) -> None:
    scene = asked_first
    request = scene.ask()
    lea = client(scene.here.lea)
    without = lea.post(f"/video/requests/{request.pk}/answer/", {"act": "refuse"})
    assert without.status_code == 422
    lea.post(f"/video/requests/{request.pk}/answer/", {"act": "refuse", "because": "wrong-place"})
    page = said(scene.bob.get(f"/video/requests/{request.pk}/").content)
    assert "The owner said no" in page or "the owner said no" in page
    assert "it is the wrong place" in page
    state = scene.bob.get(f"/video/requests/{request.pk}/watch/state/").json()
    assert (state["state"], state["reason"]) == ("refused", "wrong-place")


def test_one_key_ends_it_and_another_asks_again(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    facts = scene.bob.post(f"/video/requests/{request.pk}/watch/end/").json()
    assert (facts["state"], facts["reason"]) == ("over", "ended-by-holder")
    assert scene.right(request).state == GrantState.CLOSED
    page = scene.bob.get(f"/video/ask/?earlier={request.pk}").content.decode()
    assert "goes on from" in page
    answer = scene.bob.post(f"/video/ask/?earlier={request.pk}", scene.answers())
    assert answer.status_code == 302
    assert Request.objects.latest("asked_at").earlier == request


def test_nobody_answers_still_intervening_and_the_image_closes(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    began = request.asked_at
    scene.later(began + STILL - MINUTE)
    assert Request.objects.get().still_since is None
    scene.later(began + STILL)
    state = scene.bob.get(f"/video/requests/{request.pk}/watch/state/").json()
    assert state["closes"] is not None
    scene.later(began + STILL + COUNTDOWN)
    right = scene.right(request)
    assert (right.state, right.reason) == (GrantState.CLOSED, "unanswered")
    assert "nobody said that the intervention went on" in said(scene.bob.get(f"/video/requests/{request.pk}/").content)


def test_any_act_renews_it_and_it_is_asked_again(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    began = request.asked_at
    scene.later(began + STILL)
    facts = scene.bob.post(f"/video/requests/{request.pk}/watch/still/").json()
    assert (facts["closes"], facts["state"]) == (None, "open")
    assert facts["asks"] is not None
    scene.bob.post(f"/video/requests/{request.pk}/watch/still/")
    assert kinds("video.still") == ["video.still-answered"], "nothing was asked"
    scene.later(began + STILL + COUNTDOWN + MINUTE)
    assert scene.right(request).state == GrantState.MINTED
    assert Request.objects.get().still_since is not None, "asked again"


def test_an_emergency_is_minted_at_once_and_somebody_else_confirms_it(asked_first: Scene) -> None:
    scene = asked_first
    request = scene.ask(emergency="on")
    scene.mint()
    assert scene.right(request).state == GrantState.MINTED
    assert Alert.objects.filter(kind="video.emergency", ended_at__isnull=True).exists()
    assert scene.bob.post(f"/video/requests/{request.pk}/confirm/").status_code == 404, "not one's own"
    colleague = make_member("On call", scene.here.police, Role.OPERATOR)
    assert client(colleague).post(f"/video/requests/{request.pk}/confirm/").status_code == 302
    assert scene.right(request).confirmed_by_id == colleague.pk
    scene.later(request.asked_at + timedelta(minutes=16))
    assert Request.objects.get().unconfirmed_at is None
    assert not Alert.objects.filter(kind="video.emergency", ended_at__isnull=True).exists()


def test_an_emergency_that_nobody_confirms_is_justified_in_writing(scene: Scene) -> None:
    request = scene.ask(emergency="on")
    scene.mint()
    scene.later(request.asked_at + timedelta(minutes=15))
    assert scene.right(request).state == GrantState.MINTED, "the image stays"
    assert kinds("video.not") == ["video.not-confirmed"]
    due = Deadline.objects.get(kind="video.justification").due_at
    assert timedelta(hours=23) < due - request.asked_at <= timedelta(hours=24)
    scene.later(request.asked_at + timedelta(hours=24, minutes=1))
    assert Alert.objects.get(kind="video.justification-due").ended_at is None
    assert "1 emergency to justify" in said(scene.bob.get("/").content)
    assert "To be written before" in said(scene.bob.get(f"/video/requests/{request.pk}/").content)
    assert scene.bob.post(f"/video/requests/{request.pk}/justify/", {"words": ""}).status_code == 422
    scene.bob.post(f"/video/requests/{request.pk}/justify/", {"words": "Un homme armé dans le hall."})
    assert Alert.objects.get(kind="video.justification-due").ended_at is not None
    assert "Un homme armé" not in str([one.fields for one in Payload.objects.all()])
    assert "Un homme armé" in said(client(scene.here.administrator).get(f"/video/requests/{request.pk}/").content)


def test_the_manager_gives_the_alert_and_an_officer_opens_a_request_from_it(scene: Scene) -> None:
    lea = client(scene.here.lea)
    pressed = {"where": f"entrance:{scene.here.entrances[1].pk}", "words": "On casse la porte"}
    assert lea.post("/video/button/", pressed).status_code == 302
    lea.post("/video/button/", pressed)
    alert = Alert.objects.get(kind="video.call")
    assert kinds("video.called") == ["video.called"]
    page = scene.bob.get(f"/video/ask/?call={alert.subject}").content.decode()
    assert "On casse la porte" in page
    answer = scene.bob.post(f"/video/ask/?call={alert.subject}", scene.answers(where=pressed["where"]))
    assert answer.status_code == 302
    alert.refresh_from_db()
    assert alert.ended_at is not None
    assert scene.bob.get("/video/button/").status_code == 404


def test_what_was_asked_granted_and_watched_is_stated(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    scene.tell(scene.looks(request), scene.leaves(lasted=63_000))
    scene.bob.post(f"/video/requests/{request.pk}/close/")
    scene.later(request.asked_at + timedelta(hours=2, minutes=2))
    entry = Payload.objects.get(entry__in=entries_of("video.request-accounted"))
    assert entry.fields["asked"]["value"] == 7200
    assert entry.fields["watched"]["value"] == 63
    assert entry.fields["granted"]["value"] < 60
    assert "1 minute" in said(scene.bob.get(f"/video/requests/{request.pk}/").content)


def entries_of(kind: str) -> list[UUID]:
    return list(Entry.objects.filter(kind=kind).values_list("pk", flat=True))


def test_a_convention_that_ends_ends_its_looks_and_what_its_parties_see(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    lea = client(scene.here.lea)
    assert lea.get("/video/").status_code == 200
    end_convention(convention=scene.lent.convention, by=scene.here.administrator.pk, now=utc_now())
    facts = scene.bob.get(f"/video/requests/{request.pk}/watch/state/").json()
    assert (facts["state"], facts["reason"], facts["tiles"][0]["chain"]) == ("over", "convention-ended", "")
    for page in ("/video/", f"/video/sites/{scene.here.site.pk}/", f"/video/requests/{request.pk}/", "/video/button/"):
        assert lea.get(page).status_code == 404, page
    assert scene.bob.get("/video/ask/").status_code == 404
    assert "no convention is in force" in said(client().get("/video/at/charenton/").content)


def test_who_sees_a_request(scene: Scene) -> None:
    request = scene.ask()
    page = f"/video/requests/{request.pk}/"
    assert client(scene.here.lea).get(page).status_code == 200
    agent = said(client(scene.here.alice).get(page).content)
    assert "Madame Untel" not in agent
    assert scene.here.bob.name not in agent
    assert "Madame Untel" in said(client(scene.here.administrator).get(page).content)
    other = make_member("Other", scene.lent.gendarmerie, Role.OPERATOR)
    assert client(other).get(page).status_code == 404
    for deed in ("watch/", "watch/state/"):
        assert client(scene.here.administrator).get(f"{page}{deed}").status_code == 404, "the holder alone looks"
