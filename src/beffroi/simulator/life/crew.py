"""A desk and its technicians, each with an account of their own; a technician has a phone, enrolled by the desk's code."""

import json
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from beffroi.protocol.v1.certificate import Certificate, verify_certificate
from beffroi.protocol.v1.chain import read_chain
from beffroi.protocol.v1.errors import RefusalError, Refused
from beffroi.protocol.v1.frames import Frame, decode_frame, encode_frame
from beffroi.protocol.v1.jwk import load_octet_key
from beffroi.protocol.v1.keyset import Reading, verify_keyset
from beffroi.protocol.v1.possession import make_possession
from beffroi.protocol.v1.strictjson import canonical
from beffroi.simulator.browser import (
    AwayError,
    Browser,
    Form,
    Forms,
    NoFormError,
    OtherwiseError,
    RefusedError,
    TroubleError,
)
from beffroi.simulator.hands import NobodyThereError, put
from beffroi.simulator.phone import SAID_BY_THE_GATE, Phone, PhoneError

TEAM: Final = "/team/"
ORDERS: Final = "/orders/"
NEW_ORDER: Final = f"{ORDERS}add/"
PURPOSE: Final = "Maintenance"
DONE: Final = 200
LOOK_EVERY: Final = 0.5
SIGNED_WITHIN, RESIGNED_WITHIN = 40, 6  # looks
LASTS: Final = timedelta(minutes=20)

_card = re.compile(r'<section class="card".*?</section>', re.DOTALL)
_code_form = re.compile(r'action="(/team/[0-9a-f-]+/code/)"')
_code = re.compile(r'<span class="plate large">([^<]+)</span>')

# The firm declared the phone lost, or another took its place.
LOST: Final = frozenset({"no-phone", "phone-other", "holder-revoked"})
ADMITTED: Final = "admitted"

TROUBLES: Final = (TroubleError, NobodyThereError, PhoneError)

Rest = Callable[[float], bool]
"""Waits that many seconds; True when it is time to stop."""


class LostError(OtherwiseError):
    """This phone opens nothing any more."""


class ForgedError(OtherwiseError):
    """What came doesn't hold: a key set, a certificate, a right, a gate's answer."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A cabinet in the street: what is written on it, the lock that is in it, the port by which hands reach its metal."""

    reference: str
    gate: str
    body: int


class Planner:
    """Who holds the operator's desk. One thing at a time."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._turn = threading.Lock()

    def code_for(self, technician: str) -> str:
        """A code for a technician's phone, read from the page that shows it once. Raises TroubleError."""
        with self._turn:
            card = next((each for each in _card.findall(self._browser.page(TEAM)) if technician in each), "")
            action = _code_form.search(card)
            if action is None:
                raise OtherwiseError(f"{technician} is not on the team's page")
            _where, page = self._browser.submit(action[1], {}, on=TEAM)
            code = _code.search(page)
            if code is None:
                raise OtherwiseError(f"no code for {technician}")
            return code[1].strip()

    def order(self, technician: str, reference: str) -> str:
        """A short work order, from now; gives the path of its page. Raises RefusedError when the cabinet has one, TroubleError."""
        with self._turn:
            form = self._browser.form(NEW_ORDER, "starts", "ends")
            asked = {"cabinet": reference, "technician": technician, "purpose": PURPOSE}
            fields = {name: self._chosen(form, name, words) for name, words in asked.items()}
            try:
                ends = datetime.fromisoformat(form.values["starts"]) + LASTS
            except ValueError as fault:
                raise OtherwiseError(f"{NEW_ORDER}: a time that can't be read") from fault
            where, _page = self._browser.submit(NEW_ORDER, {**fields, "ends": ends.isoformat(timespec="minutes")})
            return where

    def _chosen(self, form: Form, name: str, words: str) -> str:
        """What the list offers under these words; a list too long to be shown is searched for them first."""
        if f"{name}-words" in form.values:
            _where, page = self._browser.submit(NEW_ORDER, {f"{name}-words": words})
            form = Forms(page).that(NEW_ORDER, ("starts", "ends"))
        return form.offered(name, words)

    def close(self, order: str) -> None:
        """End a work order that is done with: the cabinet is free for another. One that is over stays as it is. Raises TroubleError."""
        with self._turn, suppress(NoFormError):
            self._browser.submit(f"{order}close/", {}, on=order)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a technician's phone may present to one lock, and the page of the work order that it comes from."""

    phone: Phone
    certificate: Certificate
    order: str


@dataclass
class Technician:
    """Somebody who opens cabinets. One cabinet at a time."""

    name: str
    browser: Browser
    planner: Planner
    rest: Rest
    clock: Callable[[], float] = time.time
    key: EllipticCurvePrivateKey | None = None
    _order: str = ""
    _over: set[str] = field(default_factory=set)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def open(self, stand: Stand) -> str:
        """Touch the handle and open with the phone, after whatever that needs: the phone's code, a work order. Gives the nonce of the
        opening that the lock admitted. Raises TroubleError, PhoneError and NobodyThereError.
        """
        with self._turn:
            try:
                return self._open(stand)
            except LostError:
                self.key = None  # the next time begins with a code
                raise

    def done(self) -> None:
        """The work is over, and so is its order; an order whose end could not be told is ended the next time. Raises TroubleError."""
        with self._turn:
            self._over, self._order = {*self._over, self._order} - {""}, ""
            for order in sorted(self._over):
                self.planner.close(order)
                self._over.discard(order)

    def _open(self, stand: Stand) -> str:
        key = self.key or self._enrol()
        rights = self._rights(stand.gate, key) or self._ordered(stand, key)
        # Read from the right itself: the answer to what the desk gave may have been lost, and its order would outlive the work.
        self._order = rights.order
        put(stand.body, "touch", stand.gate)
        meeting = rights.phone.ask_challenge(self._carry(stand.gate, "challenge"), stand.gate, rights.certificate)
        if isinstance(meeting, Refused):
            raise _refused(stand.reference, meeting)
        frame = self._carry(stand.gate, "response")(rights.phone.answer(meeting))
        result = rights.phone.hear(meeting, frame)
        if isinstance(result, Refused):
            raise _refused(stand.reference, result)
        if result.outcome != ADMITTED:
            raise _refusal(stand.reference, result.outcome)
        return result.nonce

    def _enrol(self) -> EllipticCurvePrivateKey:
        code = self.planner.code_for(self.name)
        key = generate_private_key(SECP256R1())
        _status, asked = self.browser.call("/api/v1/holder/challenge", {})
        proof = make_possession(audience=_text(asked, "audience"), nonce=_text(asked, "nonce"), key=key, code=code)
        status, said = self.browser.call("/api/v1/holder/keys", {"proof": proof})
        if status != DONE:
            raise OtherwiseError(f"the phone of {self.name} is not taken: {said.get('code', status)}")
        self.key = key
        return key

    def _rights(self, gate: str, key: EllipticCurvePrivateKey) -> Rights | None:
        """None without a signed work order."""
        status, said = self.browser.call(f"/api/v1/holder/grants?gate={gate}")
        chains = said.get("chains")
        if status != DONE or not isinstance(chains, list):
            raise OtherwiseError(f"{gate}: no rights to read, {status}")
        if not chains:
            return None
        try:
            roots = tuple(load_octet_key(jwk, "Ed25519") for jwk in _list(said, "roots"))
        except RefusalError as fault:
            raise ForgedError(f"{gate}: a root that can't be read") from fault
        keyset = verify_keyset(_text(said, "keyset"), roots=roots, authority=_text(said, "authority"))
        if isinstance(keyset, Refused):
            raise _refused(gate, keyset)
        chain = read_chain(str(chains[-1]))
        if isinstance(chain, Refused):
            raise _refused(gate, chain)
        now = int(self.clock())
        certificate = verify_certificate(_text(said, "certificate"), keyset=keyset, at=Reading(now))
        if isinstance(certificate, Refused):
            raise _refused(gate, certificate)
        return Rights(Phone(key, chain.text, keyset, now), certificate, f"{ORDERS}{chain.grant.id}/")

    def _ordered(self, stand: Stand, key: EllipticCurvePrivateKey) -> Rights:
        """The rights of a new order, once the minter has signed them. One that is refused may stand already, to be signed anew."""
        trouble: TroubleError = AwayError(f"{stand.reference}: the work order is not signed")
        looks = SIGNED_WITHIN
        try:
            self._order = self.planner.order(self.name, stand.reference)
        except RefusedError as refused:
            trouble, looks = refused, RESIGNED_WITHIN
        for _look in range(looks):
            if self.rest(LOOK_EVERY):
                break
            rights = self._rights(stand.gate, key)
            if rights is not None:
                return rights
        raise trouble

    def _carry(self, gate: str, step: str) -> Callable[[Frame], Frame]:
        def exchange(frame: Frame) -> Frame:
            status, said = self.browser.call(f"/api/v1/gates/{gate}/{step}", {"frame": json.loads(encode_frame(frame))})
            if status != DONE:
                raise _refusal(gate, str(said.get("code", status)))
            answer = decode_frame(canonical(said["frame"]))
            if isinstance(answer, Refused):
                raise PhoneError(f"not a frame: {answer.reason}")
            return answer

        return exchange


def _refused(where: str, refused: Refused) -> OtherwiseError:
    kind = OtherwiseError if refused.detail == SAID_BY_THE_GATE else ForgedError
    return kind(f"{where}: {refused.reason}")


def _refusal(where: str, reason: str) -> OtherwiseError:
    return (LostError if reason in LOST else OtherwiseError)(f"{where}: {reason}")


def _text(said: dict[str, object], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str):
        raise OtherwiseError(f"the server said nothing about {name}")
    return value


def _list(said: dict[str, object], name: str) -> list[object]:
    value = said.get(name)
    return value if isinstance(value, list) else []
