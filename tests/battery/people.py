"""Bob and Théo without a browser: the same addresses, forms and API that their pages use, and a phone that speaks the real protocol."""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from beffroi.cli.demo.people import PASSWORD
from beffroi.protocol.v1.certificate import verify_certificate
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.exchange import respond, verify_challenge, verify_result
from beffroi.protocol.v1.frames import ChallengeFrame, ChallengeRequest, Frame, ResultFrame, decode_frame, encode_frame
from beffroi.protocol.v1.jwk import OctetKey, load_octet_key
from beffroi.protocol.v1.keyset import VERSION, KeySet, Reading, verify_keyset
from beffroi.protocol.v1.possession import make_possession
from beffroi.protocol.v1.strictjson import canonical

PATIENCE: Final = 30.0
TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Unanswered(Exception):
    """The server was away, or failed: what a person sees as "try again"."""


@dataclass
class Member:
    """Somebody logged in, with cookies of their own."""

    address: str
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def ask(self, path: str, data: bytes | None = None, **headers: str) -> tuple[int, str]:
        """One request; redirections are followed. Raises Unanswered."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        request = urllib.request.Request(self.address + path, data=data, headers=headers)  # noqa: S310 - loopback
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                raise Unanswered(f"{path}: {error.code}") from error
            return error.code, error.read().decode()
        except OSError as error:
            raise Unanswered(f"{path}: {error}") from error

    def send(self, path: str, **fields: str) -> str:
        """A page's form."""
        token = TOKEN.search(self.ask(path)[1])
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1] if token else ""}).encode()
        status, text = self.ask(path, body, Referer=self.address + path)
        assert status < 400, (path, status, text[-2000:])
        return text

    def call(self, path: str, body: object) -> tuple[int, dict[str, object]]:
        """An operation of the API."""
        token = next((cookie.value for cookie in self.jar if cookie.name == "beffroi_csrf"), "") or ""
        status, text = self.ask(
            path,
            json.dumps(body).encode(),
            **{"Content-Type": "application/json", "X-CSRFToken": token, "Referer": self.address + path},
        )
        said: dict[str, object] = json.loads(text)
        return status, said


def arrive(address: str, email: str) -> Member:
    """Log in."""
    member = Member(address)
    member.send("/login/", login=email, password=PASSWORD)
    return member


@dataclass
class Technician:
    """Théo with his phone."""

    member: Member
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    def enrol(self, code: str) -> None:
        """Make the phone his, with the code that his firm gave."""
        _status, asked = self.member.call("/api/v1/holder/challenge", {})
        proof = make_possession(audience=str(asked["audience"]), nonce=str(asked["nonce"]), key=self.key, code=code)
        status, said = self.member.call("/api/v1/holder/keys", {"proof": proof})
        assert status == 200, said

    def rights(self, gate: str) -> tuple[KeySet, str, list[str]]:
        """The key set, the lock's certificate, and what may be presented to it."""
        _status, text = self.member.ask(f"/api/v1/holder/grants?gate={gate}")
        said = json.loads(text)
        roots: tuple[OctetKey, ...] = tuple(load_octet_key(jwk, "Ed25519") for jwk in said["roots"])
        keyset = verify_keyset(said["keyset"], roots=roots, authority=said["authority"])
        assert not isinstance(keyset, Refused), keyset
        return keyset, said["certificate"], said["chains"]

    def open(self, gate: str, now: int) -> str | None:
        """The nonce of an opening that the lock says it admitted, None when it refused or could not be asked. Raises Unanswered."""
        keyset, token, chains = self.rights(gate)
        certificate = verify_certificate(token, keyset=keyset, at=Reading(now))
        asked = self._relay(gate, "challenge", ChallengeRequest(VERSION, gate))
        if isinstance(certificate, Refused) or not isinstance(asked, ChallengeFrame) or not chains:
            return None
        challenge = verify_challenge(asked.challenge, certificate=certificate, gate=gate)
        assert not isinstance(challenge, Refused), challenge
        frame = self._relay(gate, "response", respond(challenge, chain=chains[0], action="open", holder=self.key))
        if not isinstance(frame, ResultFrame):
            return None
        result = verify_result(frame.result, certificate=certificate, challenge=challenge)
        assert not isinstance(result, Refused), result
        return result.nonce if result.outcome == "admitted" else None

    def _relay(self, gate: str, step: str, frame: Frame) -> Frame | None:
        status, said = self.member.call(f"/api/v1/gates/{gate}/{step}", {"frame": json.loads(encode_frame(frame))})
        if status != 200:
            return None
        answer = decode_frame(canonical(said["frame"]))
        return None if isinstance(answer, Refused) else answer
