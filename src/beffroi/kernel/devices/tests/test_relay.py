"""A phone asks a gate through the server: only if the gate's system lets it, only after a touch, and the gate decides."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from django.test import Client

from beffroi.kernel.accounts.actions import create_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.devices.factories import in_service, town
from beffroi.kernel.devices.models import Device, DeviceEvent
from beffroi.kernel.devices.queries.devices import trust_in_force
from beffroi.kernel.devices.registry import GATE_ACCESS, DeviceIdentity
from beffroi.kernel.devices.tests.street import Street, StreetLock, eventually
from beffroi.kernel.grants.queries import signing_key
from beffroi.kernel.register.models import Entry, Payload
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.protocol.v1.certificate import Certificate, verify_certificate
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.exchange import Challenge, Result, respond, verify_challenge, verify_result
from beffroi.protocol.v1.frames import ChallengeRequest, Frame, Hello, encode_frame
from beffroi.protocol.v1.grant import Policy, Scope, make_grant
from beffroi.protocol.v1.jwk import holder_key
from beffroi.protocol.v1.keyset import Reading, Use

Answer = dict[str, Any]
PHONE = generate_private_key(SECP256R1())


def person(name: str = "alice") -> Person:
    return create_person(email=f"{name}@meaux.example", name=name, password=None, by=None)


def logged_in(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def post(client: Client, gate: UUID, step: str, frame: Frame | Answer) -> tuple[int, Answer]:
    """Status and JSON."""
    members = frame if isinstance(frame, dict) else json.loads(encode_frame(frame))
    answer = client.post(f"/api/v1/gates/{gate}/{step}", {"frame": members}, content_type="application/json")
    return answer.status_code, answer.json()


def refusals() -> list[str]:
    entries = Entry.objects.filter(kind="gate.refused-by-server").order_by("number")
    payloads = {row.entry: row for row in Payload.objects.filter(entry__in=entries.values("id"))}
    return [payloads[entry.id].fields["reason"]["value"] for entry in entries]


@pytest.fixture
def admitted(monkeypatch: pytest.MonkeyPatch) -> set[UUID]:
    """People whom the system that owns the locks lets through."""
    people: set[UUID] = set()

    def may_relay(viewer: Viewer, gate: DeviceIdentity) -> str | None:
        return None if viewer.person in people else "no-order"

    monkeypatch.setitem(GATE_ACCESS, "lock", may_relay)
    return people


class Stand:
    """Alice in front of a lock, her phone in hand, a right on it."""

    def __init__(self, street: Street, lock: StreetLock, alice: Person) -> None:
        self.street, self.lock, self.client = street, lock, logged_in(alice)
        trust = trust_in_force(street.town.authority.id)
        assert trust is not None
        certificate = verify_certificate(
            Device.objects.get(pk=lock.id).certificate, keyset=trust.keyset, at=Reading(int(utc_now().timestamp()))
        )
        assert isinstance(certificate, Certificate)
        self.certificate = certificate

    def right(self, *, transports: tuple[str, ...] = ("local", "relay")) -> str:
        now = utc_now()
        signer = signing_key(
            self.street.town.store, authority=self.street.town.authority.id, use=Use.CAPABILITY, now=now
        )
        start = int(now.timestamp()) - 60
        policy = Policy(transports=transports, when_old="flag")
        return make_grant(
            authority=str(self.street.town.authority.id),
            grant=str(uuid4()),
            purpose="maintenance",
            convention=str(uuid4()),
            scope=Scope((str(self.lock.id),), ("open",), start, start + 3600, 0, policy),
            holder=holder_key(PHONE),
            kid=signer.kid,
            signer=signer.private,
        )

    def challenge(self) -> Challenge:
        status, answer = post(self.client, self.lock.id, "challenge", ChallengeRequest(1, str(self.lock.id)))
        assert status == 200, answer
        challenge = verify_challenge(answer["frame"]["challenge"], certificate=self.certificate, gate=str(self.lock.id))
        assert isinstance(challenge, Challenge)
        return challenge

    def present(self, challenge: Challenge, chain: str, key: EllipticCurvePrivateKey = PHONE) -> Result:
        frame = respond(challenge, chain=chain, action="open", holder=key)
        status, answer = post(self.client, self.lock.id, "response", frame)
        assert status == 200, answer
        result = verify_result(answer["frame"]["result"], certificate=self.certificate, challenge=challenge)
        assert not isinstance(result, Refused)
        return result


@pytest.fixture
def stand(street: Street, admitted: set[UUID]) -> Stand:
    alice = person()
    admitted.add(alice.id)
    street.ingest()
    lock = street.lock()
    lock.hands.until(lambda state: state["time"] != "unknown")
    return Stand(street, lock, alice)


def test_nothing_is_given_before_a_touch_and_the_lock_decides_after_it(stand: Stand) -> None:
    untouched = post(stand.client, stand.lock.id, "challenge", ChallengeRequest(1, str(stand.lock.id)))
    assert (untouched[0], untouched[1]["code"]) == (409, "not-touched")
    stand.lock.hands.do("touch")
    stranger = generate_private_key(SECP256R1())
    assert stand.present(stand.challenge(), stand.right(), stranger).outcome == "proof-signature"
    assert stand.present(stand.challenge(), stand.right(transports=("local",))).outcome == "transport-not-admitted"
    assert stand.lock.hands.do("state")["latch"] == "locked"
    challenge, chain = stand.challenge(), stand.right()
    assert stand.present(challenge, chain).outcome == "admitted"
    assert stand.lock.hands.do("state")["latch"] == "unlocked"
    again = post(stand.client, stand.lock.id, "response", respond(challenge, chain=chain, action="open", holder=PHONE))
    assert again == (200, {"frame": {"f": "refused", "reason": "challenge-used"}})
    rows = DeviceEvent.objects.filter(device_id=stand.lock.id, kind__startswith="use-").order_by("sequence")
    eventually(lambda: rows.all().count() == 5, "the five uses are stored")
    assert [row.body.get("reason", "admitted") for row in rows.all()] == [
        "not-touched",
        "proof-signature",
        "transport-not-admitted",
        "admitted",
        "challenge-used",
    ]
    assert refusals() == []


def test_a_silent_lock_is_said_to_be_silent(stand: Stand) -> None:
    stand.lock.process.stop()
    status, problem = post(stand.client, stand.lock.id, "challenge", ChallengeRequest(1, str(stand.lock.id)))
    assert (status, problem["code"]) == (504, "gate-silent")


@pytest.mark.django_db
@pytest.mark.usefixtures("admitted")
class TestBeforeTheGateIsAsked:
    """No broker runs here: whoever got further would wait for it."""

    @pytest.fixture
    def gate(self, tmp_path: Any) -> UUID:
        return in_service(town(tmp_path, now=utc_now()), now=utc_now()).id

    def test_nobody_is_let_through_by_default(self, gate: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(GATE_ACCESS, "lock", raising=False)
        status, problem = post(logged_in(person()), gate, "challenge", ChallengeRequest(1, str(gate)))
        assert (status, problem["code"]) == (403, "not-allowed")
        assert refusals() == ["not-allowed"]

    def test_the_system_that_owns_the_gate_refuses_with_its_own_code(self, gate: UUID) -> None:
        charlie = logged_in(person("charlie"))
        status, problem = post(charlie, gate, "challenge", ChallengeRequest(1, str(gate)))
        assert (status, problem["code"]) == (403, "no-order")
        assert refusals() == ["no-order"]
        entry = Payload.objects.get(entry__in=Entry.objects.filter(kind="gate.refused-by-server").values("id"))
        assert entry.fields["device"]["value"] == str(gate)

    def test_a_gate_may_be_hidden_and_one_that_does_not_exist_is_unknown(
        self, gate: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(GATE_ACCESS, "lock", lambda _viewer, _gate: "gate-unknown")
        client, nothing = logged_in(person()), uuid4()
        hidden = post(client, gate, "challenge", ChallengeRequest(1, str(gate)))
        absent = post(client, nothing, "challenge", ChallengeRequest(1, str(nothing)))
        assert hidden == absent
        assert (hidden[0], hidden[1]["code"]) == (404, "gate-unknown")
        assert refusals() == ["gate-unknown"]

    def test_only_the_frame_of_the_step_and_of_the_gate_is_carried(self, gate: UUID) -> None:
        client = logged_in(person())
        for frame, code in (
            (Hello(1), "frame-type"),
            (ChallengeRequest(1, str(uuid4())), "gate-other"),
            ({"f": "challenge-request", "ver": 1}, "member-missing"),
            ({"f": "challenge-request", "ver": 1, "gate": str(gate), "more": 1}, "member-unknown"),
            ({"f": "challenge-request", "ver": 1.5, "gate": str(gate)}, "json-number"),
            ({"f": "challenge-request", "ver": "1", "gate": str(gate)}, "member-value"),
            ({}, "frame-type"),
        ):
            status, problem = post(client, gate, "challenge", frame)
            assert (status, problem["code"]) == (400, code), frame
        status, problem = post(client, gate, "response", ChallengeRequest(1, str(gate)))
        assert (status, problem["code"]) == (400, "frame-type")
        assert refusals() == []

    def test_a_person_who_insists_is_slowed_down_and_it_is_written_once(self, gate: UUID) -> None:
        client = logged_in(person())
        answers = [post(client, gate, "challenge", ChallengeRequest(1, str(gate))) for _try in range(63)]
        codes = [problem["code"] for _status, problem in answers]
        assert codes == ["no-order"] * 60 + ["too-many-requests"] * 3
        assert answers[-1][0] == 429
        assert refusals() == ["no-order"] * 60 + ["too-many-requests"]

    def test_a_stranger_is_asked_to_log_in(self, gate: UUID) -> None:
        answer = Client().post(
            f"/api/v1/gates/{gate}/challenge",
            {"frame": json.loads(encode_frame(ChallengeRequest(1, str(gate))))},
            content_type="application/json",
        )
        assert answer.status_code == 401
        assert answer.json()["code"] == "log-in-first"
        assert refusals() == []

    def test_another_site_cannot_use_the_session(self, gate: UUID) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(person(), backend="allauth.account.auth_backends.AuthenticationBackend")
        answer = client.post(
            f"/api/v1/gates/{gate}/challenge",
            {"frame": json.loads(encode_frame(ChallengeRequest(1, str(gate))))},
            content_type="application/json",
        )
        assert answer.status_code == 403
        assert refusals() == []
