"""How a phone becomes somebody's."""

import secrets

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router

from beffroi.kernel.accounts.allauth_adapter import used_passkey_lately
from beffroi.kernel.grants.actions.holders import enrol_phone
from beffroi.kernel.grants.queries import roots_for
from beffroi.kernel.grants.queries.refusals import explain_enrolment
from beffroi.kernel.grants.rules import EnrolmentRefusal
from beffroi.kernel.grants.schemas import EnrolledPhone, EnrolmentChallenge, EnrolmentProof, Jwk
from beffroi.lib.clock import utc_now
from beffroi.persistence.access import viewer_of
from beffroi.persistence.problems import Problem
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.possession import verify_possession

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
    nonce = request.session.pop(NONCE, None)
    if nonce is None:
        raise Problem(409, "challenge-missing", _("Start the enrolment again."))
    possession = verify_possession(body.proof, audience=settings.BEFFROI_PUBLIC_URL, nonce=nonce)
    if isinstance(possession, Refused):
        raise Problem(400, possession.reason.value, _("This phone could not prove that it holds its key."))
    viewer = viewer_of(request)
    passkey = used_passkey_lately(request)
    done = enrol_phone(
        person=viewer.known_person, key=possession.key, code=possession.code, passkey=passkey, now=utc_now()
    )
    if isinstance(done, EnrolmentRefusal):
        raise Problem(409, done.value, explain_enrolment(done))
    roots = [Jwk(**root.jwk) for root in roots_for(viewer)]
    return EnrolledPhone(thumbprint=done.thumbprint, label=done.thumbprint[:8], roots=roots)
