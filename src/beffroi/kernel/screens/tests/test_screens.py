"""A screen by HTTP: how it is paired, what its key opens and for how long, and all that it doesn't reach."""

import json
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.raising import raise_alert
from beffroi.kernel.alerts.registry import Where
from beffroi.kernel.register.models import Entry
from beffroi.kernel.screens.actions import Refusal, ask_for_code, note_seen, pair_screen, revoke_screen
from beffroi.kernel.screens.models import Screen
from beffroi.kernel.screens.rules import CODE_LASTS, MOST_WAITING, SESSION_LASTS
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.protocol.v1.possession import make_possession

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


class Wall:
    """A browser on a wall: its key and its cookies."""

    def __init__(self) -> None:
        self.client = Client(headers=ENGLISH)
        self.key = ec.generate_private_key(ec.SECP256R1())

    def nonce(self) -> str:
        answer: str = self.client.post("/wall/nonce/").json()["nonce"]
        return answer

    def say(self, nonce: str) -> "tuple[int, dict[str, object]]":
        proof = make_possession(audience=settings.BEFFROI_PUBLIC_URL, nonce=nonce, key=self.key)
        return self.send(proof)

    def send(self, proof: str) -> "tuple[int, dict[str, object]]":
        answer = self.client.post("/wall/session/", json.dumps({"proof": proof}), "application/json")
        return answer.status_code, answer.json()

    def prove(self) -> dict[str, object]:
        status, said = self.say(self.nonce())
        assert status == 200, said
        return said

    def sees(self) -> bool:
        status = self.client.get("/wall/state/").status_code
        assert status in (200, 404)
        return status == 200


@pytest.fixture(autouse=True)
def _no_counts() -> None:
    cache.clear()


@pytest.fixture
def meaux() -> Authority:
    return make_authority()


@pytest.fixture
def omar(meaux: Authority) -> Person:
    return make_member("Omar Diallo", meaux.organisation, Role.OPERATOR)


def desk(person: Person) -> Client:
    client = Client(headers=ENGLISH)
    client.force_login(person)
    return client


def paired(authority: Authority, by: Person, name: str = "Left wall") -> Wall:
    wall = Wall()
    code = str(wall.prove()["code"])
    assert isinstance(pair_screen(authority=authority.pk, code=code, name=name, now=utc_now(), by=by.pk), UUID)
    assert wall.prove()["state"] == "paired"
    return wall


def alarm(authority: Authority) -> UUID:
    now = utc_now()
    return raise_alert(
        authority=authority.pk,
        kind="cabinets.forced",
        subject=uuid4(),
        resource=None,
        where=Where("12 quai Jacques-Prévert", 48.96, 2.88),
        since=now,
        organisation=None,
        convention=None,
        facts={"reference": "PM-1", "cause": "shock", "times": 1},
        now=now,
    )


def test_whoever_keeps_watch_enters_the_code_that_the_wall_shows(meaux: Authority, omar: Person) -> None:
    wall, here = Wall(), desk(omar)
    said = wall.prove()
    assert said["state"] == "waiting"
    assert not wall.sees()
    again = wall.prove()
    assert again["code"] == said["code"], "the same code while it serves"
    form = {"of": meaux.pk, "code": str(said["code"]).replace("-", " ").lower(), "name": "Left wall"}
    assert here.post(reverse("screen-add"), form).status_code == 302
    paired = wall.prove()
    assert (paired["state"], paired["name"]) == ("paired", "Left wall")
    assert wall.sees()
    assert "Left wall" in here.get("/screens/").content.decode()
    assert Entry.objects.filter(log=str(meaux.pk), kind="screen.paired").count() == 1


def test_a_code_that_nobody_shows_keeps_what_was_typed(meaux: Authority, omar: Person) -> None:
    form = {"of": meaux.pk, "code": "ABCDEFGH", "name": "Left wall"}
    page = desk(omar).post(reverse("screen-add"), form)
    assert page.status_code == 422
    assert "Left wall" in page.content.decode()
    assert not Screen.objects.exists()


def test_a_code_lasts_ten_minutes_and_serves_once(meaux: Authority, omar: Person) -> None:
    wall, other, now = Wall(), Wall(), utc_now()

    def pair(code: object, name: str, moment: datetime = now) -> UUID | Refusal:
        return pair_screen(authority=meaux.pk, code=str(code), name=name, now=moment, by=omar.pk)

    code = wall.prove()["code"]
    assert pair(code, "Late", utc_now() + CODE_LASTS) is Refusal.CODE
    assert isinstance(pair(code, "First"), UUID)
    assert pair(code, "Second") is Refusal.CODE
    assert pair(other.prove()["code"], "First") is Refusal.NAME


def test_a_proof_serves_once_and_for_its_own_key(meaux: Authority, omar: Person) -> None:
    wall, thief = paired(meaux, omar), Wall()
    nonce = wall.nonce()
    proof = make_possession(audience=settings.BEFFROI_PUBLIC_URL, nonce=nonce, key=wall.key)
    assert wall.send(proof)[0] == 200
    assert wall.send(proof)[0] == 400, "the same once more"
    thief.nonce()
    assert thief.send(proof)[0] == 400, "from another browser"
    elsewhere = make_possession(audience="https://other.example", nonce=wall.nonce(), key=wall.key)
    assert wall.send(elsewhere)[0] == 400
    for nonsense in ("", "[]", '{"proof": 3}', '{"proof": "' + "a" * 5000 + '"}', "[" * 4000):
        wall.nonce()
        answer = wall.client.post("/wall/session/", nonsense, "application/json")
        assert answer.status_code == 400


def test_sight_lasts_five_minutes_unless_the_key_signs_again(meaux: Authority, omar: Person) -> None:
    wall = paired(meaux, omar)
    note_seen(screen=Screen.objects.get(), now=utc_now() - SESSION_LASTS)
    assert not wall.sees()
    assert wall.prove()["state"] == "paired"
    assert wall.sees()


def test_a_screen_that_was_removed_sees_nothing_from_that_moment(meaux: Authority, omar: Person) -> None:
    wall = paired(meaux, omar)
    row = Screen.objects.get()
    answer = desk(omar).post(reverse("screen-revoke", args=[row.pk]))
    assert answer.status_code == 302
    assert not wall.sees()
    assert wall.client.get("/wall/live/").status_code == 404
    assert wall.prove()["state"] == "removed"
    assert not wall.sees()
    assert Entry.objects.filter(log=str(meaux.pk), kind="screen.revoked").count() == 1
    assert not revoke_screen(screen=row, now=utc_now(), by=omar.pk), "once"


def test_a_screen_shows_its_own_authority_s_alerts_and_may_do_nothing(meaux: Authority, omar: Person) -> None:
    provins = make_authority("provins", "Provins")
    wall, mine, theirs = paired(meaux, omar), alarm(meaux), alarm(provins)
    alerts = wall.client.get("/wall/state/").json()["alerts"]
    assert str(mine) in alerts
    assert str(theirs) not in alerts
    told = alerts[str(mine)]
    assert (told["mine"], told["may_take"], told["may_close"]) == (False, False, False)
    for verb in ("take", "release", "acknowledge", "close", "shown"):
        answer = wall.client.post(f"/api/v1/alerts/{mine}/{verb}", {"reason": "false-alarm"}, "application/json")
        assert answer.status_code == 401, verb


@pytest.mark.parametrize(
    "path", ["/console/", "/console/state/", "/live/", "/alerts/", "/cabinets/", "/screens/", "/account/"]
)
def test_a_screen_is_a_stranger_everywhere_else(meaux: Authority, omar: Person, path: str) -> None:
    answer = paired(meaux, omar).client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_screens_are_those_of_the_authority_that_one_keeps_watch_for(meaux: Authority, omar: Person) -> None:
    provins = make_authority("provins", "Provins")
    paired(meaux, omar)
    charlie = make_member("Charlie Nguyen", provins.organisation, Role.OPERATOR)
    alice = make_member("Alice Perrin", meaux.organisation, Role.AGENT)
    row = Screen.objects.get()
    assert "Left wall" not in desk(charlie).get("/screens/").content.decode()
    assert desk(charlie).post(reverse("screen-revoke", args=[row.pk])).status_code == 404
    assert desk(alice).get("/screens/").status_code == 404
    form = {"of": meaux.pk, "code": Wall().prove()["code"], "name": "Charlie’s"}
    assert desk(charlie).post(reverse("screen-add"), form).status_code == 422, "not for another authority"
    assert Screen.objects.filter(authority=meaux).count() == 1


def test_codes_are_few_and_forgotten(meaux: Authority, omar: Person) -> None:
    lately = utc_now() - CODE_LASTS + timedelta(seconds=30)
    for number in range(MOST_WAITING):
        ask_for_code(thumbprint=f"{number:043d}", now=lately)
    wall = Wall()
    assert wall.say(wall.nonce())[0] == 429
    assert isinstance(ask_for_code(thumbprint="a" * 43, now=utc_now() + timedelta(minutes=1)), Screen)
    assert Screen.objects.count() == 1


def test_screens_ask_all_day_and_a_program_that_asks_without_end_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, passed = time.time(), [0.0]
    monkeypatch.setattr(time, "time", lambda: begun + passed[0])
    monkeypatch.setattr(
        "django.core.cache.backends.db.tz_now", lambda: datetime.fromtimestamp(begun + passed[0], tz=UTC)
    )
    client = Client(headers=ENGLISH)

    def asks(times: int, every: float) -> set[int]:
        answers = set()
        for _ in range(times):
            answers.add(client.post("/wall/nonce/").status_code)
            passed[0] += every
        return answers

    assert asks(120, every=5.0) == {200}, "a screen that waits ten minutes for its code to be typed"
    assert asks(100, every=0.1) == {200, 429}
    passed[0] += 60.0
    assert asks(1, every=0.0) == {200}, "and a minute later it is no stranger any more"
