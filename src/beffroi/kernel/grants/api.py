"""How a phone or a browser becomes somebody's."""

import secrets

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router

from beffroi.kernel.accounts.allauth_adapter import used_passkey_lately, used_second_factor
from beffroi.kernel.grants.actions.browsers import enrol_browser
from beffroi.kernel.grants.actions.holders import enrol_phone
from beffroi.kernel.grants.queries import roots_for
from beffroi.kernel.grants.queries.refusals import explain_enrolment
from beffroi.kernel.grants.rules import BROWSER_KEY_LIFE, EnrolmentRefusal
from beffroi.kernel.grants.schemas import EnrolledBrowser, EnrolledPhone, EnrolmentChallenge, EnrolmentProof, Jwk
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import viewer_of
from beffroi.persistence.problems import Problem
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.possession import Possession, verify_possession

router = Router(tags=["holder"])
NONCE = "enrolment_nonce"
NONCE_BYTES = 16


@router.post("/challenge", response=EnrolmentChallenge, summary="Begin to enrol a phone")
def challenge(request: HttpRequest) -> EnrolmentChallenge:
    """A nonce for this session, used once."""
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    request.session[NONCE] = nonce
    return EnrolmentChallenge(nonce=nonce, audience=settings.BEFFROI_PUBLIC_URL)


@router.post("/keys", response=EnrolledPhone, summary="Make a phone the caller's")
def enrol(request: HttpRequest, body: EnrolmentProof) -> EnrolledPhone:
    """Checks the proof of possession, and the code or that a passkey was just used; the phone before is revoked."""
    possession = _possession(request, body)
    viewer = viewer_of(request)
    passkey = used_passkey_lately(request)
    done = enrol_phone(
        person=viewer.known_person, key=possession.key, code=possession.code, passkey=passkey, now=utc_now()
    )
    if isinstance(done, EnrolmentRefusal):
        raise Problem(409, done.value, explain_enrolment(done))
    return EnrolledPhone(thumbprint=done.thumbprint, label=done.thumbprint[:8], roots=_roots(viewer))


@router.post("/keys/browser", response=EnrolledBrowser, summary="Make this browser the caller's for 12 hours")
def enrol_this_browser(request: HttpRequest, body: EnrolmentProof) -> EnrolledBrowser:
    """Checks the proof of possession, and that this session logged in with a second factor. Other browsers of theirs stay."""
    possession = _possession(request, body)
    viewer = viewer_of(request)
    second = used_second_factor(request)
    done = enrol_browser(person=viewer.known_person, key=possession.key, second_factor=second, now=utc_now())
    if isinstance(done, EnrolmentRefusal):
        raise Problem(409, done.value, explain_enrolment(done))
    return EnrolledBrowser(
        id=done.pk,
        thumbprint=done.thumbprint,
        asks_until=done.enrolled_at + BROWSER_KEY_LIFE,
        roots=_roots(viewer),
    )


def _possession(request: HttpRequest, body: EnrolmentProof) -> Possession:
    """The key that the caller proved to hold, over the nonce that this session was given."""
    nonce = request.session.pop(NONCE, None)
    if nonce is None:
        raise Problem(409, "challenge-missing", _("Start the enrolment again."))
    possession = verify_possession(body.proof, audience=settings.BEFFROI_PUBLIC_URL, nonce=nonce)
    if isinstance(possession, Refused):
        raise Problem(400, possession.reason.value, _("This phone could not prove that it holds its key."))
    return possession


def _roots(viewer: Viewer) -> list[Jwk]:
    return [Jwk(**root.jwk) for root in roots_for(viewer)]
