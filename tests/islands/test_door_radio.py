"""The page of a sticker while the server is down, against the protocol's own gate over Chromium's own Bluetooth: it opens with what the
phone took along, and whatever isn't right stays shut.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from beffroi.edge.lock.conversation import Conversation
from beffroi.edge.lock.gatt import Talk
from beffroi.protocol.v1.carriage import Carried, CarryDown
from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.errors import expect as taken
from beffroi.protocol.v1.exchange import make_result
from beffroi.protocol.v1.frames import (
    ChallengeFrame,
    ChallengeRequest,
    Frame,
    Gate,
    Hello,
    RefusedFrame,
    Response,
    ResultFrame,
    decode_frame,
)
from beffroi.protocol.v1.gate import GateState, decide, give_challenge
from beffroi.protocol.v1.keyset import VERSION, Reading
from beffroi.protocol.v1.members import encode_bytes
from scripts.find_browser import find
from tests.islands.street import CODE, PATIENCE, Street
from tests.islands.test_door import clean
from tests.protocol.protocol_world import GATE, NOW, World, seed, signing_key
from tests.radio import FLAG, Air, on_air

LOST = {"grants": None, "challenge": None, "response": None, "receipt": None}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One that has Bluetooth."""
    path = find()
    assert path is not None, "no browser: run scripts/setup"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox", FLAG])
        yield browser
        browser.close()


@dataclass
class Lock:
    """What stands on the air: the protocol's own gate, with a certificate that a test may swap."""

    street: Street
    certificate: str
    transport: str = "local"
    heard: list[str] = field(default_factory=list)

    def answer(self, data: bytes) -> Frame:
        """The frame that answers the bytes of one."""
        frame = decode_frame(data)
        assert not isinstance(frame, Refused), frame
        self.heard.append(type(frame).__name__)
        self.street.uptime += 1000
        match frame:
            case Hello():
                return self._greet()
            case ChallengeRequest():
                return self._challenge(frame)
            case Response():
                return self._decide(frame)
            case CarryDown():
                return self._take(frame)
        return RefusedFrame(Reason.FRAME_TYPE)

    @property
    def gate(self) -> GateState:
        return self.street.gate

    def _greet(self) -> Gate:
        trust = self.gate.trust
        assert trust.revocations is not None
        return Gate(VERSION, GATE, self.certificate, trust.keys().number, trust.revocations.order, 0)

    def _challenge(self, request: ChallengeRequest) -> Frame:
        nonce = encode_bytes(seed(f"radio {self.street.uptime}")[:16])
        given = give_challenge(
            self.gate,
            request,
            transport=self.transport,
            uptime=self.street.uptime,
            touched_at=None,
            nonce=nonce,
            key=self.street.lock,
        )
        if isinstance(given, Refused):
            return RefusedFrame(given.reason)
        book, challenge = given
        self.street.gate = replace(self.gate, book=book)
        return ChallengeFrame(challenge.token)

    def _decide(self, response: Response) -> Frame:
        decision = decide(self.gate, response, transport=self.transport, uptime=self.street.uptime)
        self.street.gate = replace(self.gate, book=decision.book)
        result = decision.result(gate=GATE, boot=3, sequence=41)
        assert result is not None
        return ResultFrame(make_result(result, key=self.street.lock))

    def _take(self, news: CarryDown) -> Carried:
        token = news.get("revocation")
        assert token is not None
        self.street.gate = replace(self.gate, trust=taken(self.gate.trust.take_revocations(token, Reading(NOW))))
        return Carried((("revocation", "taken"),))


@dataclass(frozen=True)
class Scene:
    """A technician before a door, with a phone that took its rights along; the server is down from now on."""

    page: Page
    street: Street
    lock: Lock
    air: Air

    def open_by_radio(self) -> None:
        """Through the server first, which isn't there."""
        press(self.page)
        expect(self.door).to_have_attribute("data-reason", "network")
        self.radio.click()

    @property
    def door(self) -> Locator:
        return self.page.locator("[data-island=door]")

    @property
    def radio(self) -> Locator:
        return self.page.locator("button[data-way=radio]")

    def ends(self, state: str, reason: str = "") -> None:
        """How it ended."""
        expect(self.door).to_have_attribute("data-state", state)
        if reason:
            expect(self.door).to_have_attribute("data-reason", reason)


Stand = Callable[[], Scene]


def press(page: Page) -> None:
    page.locator("button[data-part=act]").click()


@pytest.fixture
def street(phone: BrowserContext, world: World) -> Street:
    """A street in which this phone was enrolled and holds the end of the sources' chain."""
    street = Street(world, "phonekey")
    page = street.open_in(phone)
    page.get_by_label("Code from your firm").fill(CODE)
    press(page)
    expect(page.get_by_text("This phone is yours")).to_be_visible()
    page.close()
    street.grant_to_phone()
    street.island = "door"
    return street


@pytest.fixture
def stand(phone: BrowserContext, street: Street) -> Iterator[Stand]:
    """They opened it once through the server; then it is gone."""
    with contextlib.ExitStack() as stack:

        def begin() -> Scene:
            lock = Lock(street, street.world.certificate_token())
            page = street.open_in(phone)
            refused: list[Reason] = []

            def talk() -> Talk:
                return Talk(Conversation(answer=lock.answer, refuse=refused.append))

            air = stack.enter_context(on_air(page, "Armoire PM 042", talk))
            press(page)
            expect(page.locator("[data-island=door]")).to_have_attribute("data-state", "open")
            page.reload()
            street.instead.update(LOST)
            return Scene(page, street, lock, air)

        yield begin


def test_the_phone_opens_straight_at_the_lock(stand: Stand, street: Street) -> None:
    scene = stand()
    expect(scene.radio).to_be_visible()
    scene.open_by_radio()
    scene.ends("open")
    expect(scene.page.get_by_text("By Bluetooth: the receipt may come later.")).to_be_visible()
    expect(scene.page.get_by_role("status")).to_contain_text("Armoire PM 042, rue du Grand-Cerf")
    assert scene.lock.heard == ["Hello", "ChallengeRequest", "Response"]
    assert scene.air.links == 1
    clean(scene.page)


def test_whoever_was_revoked_is_refused_by_a_lock_that_holds_the_list(stand: Stand, street: Street) -> None:
    scene = stand()
    assert street.enrolled is not None
    token = street.world.revocation_token(number=13, keys=frozenset({street.enrolled.thumbprint}))
    street.gate = replace(street.gate, trust=taken(street.gate.trust.take_revocations(token, Reading(NOW))))
    scene.open_by_radio()
    scene.ends("refused", "holder-revoked")


def test_a_phone_brings_the_list_that_refuses_it(stand: Stand, street: Street) -> None:
    assert street.enrolled is not None
    street.revocation = street.world.revocation_token(number=13, keys=frozenset({street.enrolled.thumbprint}))
    scene = stand()
    scene.open_by_radio()
    scene.ends("refused", "holder-revoked")
    assert scene.lock.heard == ["Hello", "CarryDown", "ChallengeRequest", "Response"]


def test_another_lock_under_that_sticker_is_not_answered(stand: Stand, street: Street) -> None:
    scene = stand()
    scene.lock.certificate = street.world.certificate_token("gate-of-next-door")
    scene.open_by_radio()
    scene.ends("refused", "gate-other")
    assert scene.lock.heard == ["Hello"]


def test_a_box_that_shows_the_lock_s_certificate_without_its_key_is_not_answered(stand: Stand, street: Street) -> None:
    scene = stand()
    street.lock = signing_key("a thief's box")
    scene.open_by_radio()
    scene.ends("refused", "token-signature")
    assert scene.lock.heard == ["Hello", "ChallengeRequest"]


def test_too_far_away_then_nearer(stand: Stand, street: Street) -> None:
    scene = stand()
    scene.air.near = False
    scene.open_by_radio()
    scene.ends("again", "out-of-reach")
    clean(scene.page)
    expect(scene.radio).to_be_hidden()
    expect(scene.page.locator("button[data-way=relay]")).to_be_visible()
    scene.air.near = True
    press(scene.page)
    scene.ends("open")
    expect(scene.page.locator("[data-way]:visible")).to_have_count(0)


def test_the_server_comes_back_meanwhile(stand: Stand, street: Street) -> None:
    scene = stand()
    scene.air.near = False
    scene.open_by_radio()
    scene.ends("again", "out-of-reach")
    street.instead.clear()
    scene.page.locator("button[data-way=relay]").click()
    scene.ends("open")
    assert scene.lock.heard == []


def test_a_phone_that_took_nothing_along_says_what_to_do(phone: BrowserContext, street: Street) -> None:
    street.instead.update(LOST)
    page = street.open_in(phone)
    press(page)
    expect(page.get_by_text("This phone took along no right for this lock")).to_be_visible()
    expect(page.locator("button[data-way=radio]")).to_be_hidden()


def test_a_browser_without_bluetooth_says_what_to_do(phone: BrowserContext, street: Street) -> None:
    street.instead.update(LOST)
    phone.add_init_script("Object.defineProperty(Navigator.prototype, 'bluetooth', { value: undefined })")
    page = street.open_in(phone)
    press(page)
    expect(page.get_by_text("This browser has no Bluetooth")).to_be_visible()
    expect(page.locator("button[data-way=radio]")).to_be_hidden()
    clean(page)


def test_while_there_is_a_server_nothing_of_it_is_in_the_way(phone: BrowserContext, street: Street) -> None:
    page = street.open_in(phone)
    expect(page.locator("button[data-part=act]")).to_be_enabled()
    assert page.locator("[data-way]:visible").count() == 0
