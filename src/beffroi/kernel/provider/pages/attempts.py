"""Log-ins begun in this browser, until they come back: a few, each once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from beffroi.adapters.oidc.asking import Attempt
from beffroi.kernel.provider.rules import MOST_ATTEMPTS

BEGUN: Final = "provider_begun"


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt, where it leads, and for whom when somebody logged in ties their account."""

    attempt: Attempt
    onward: str
    person: UUID | None


def address(route: str) -> str:
    """One of our own, as the provider knows it: at the installation's address, whatever name a page was asked by."""
    return f"{settings.BEFFROI_PUBLIC_URL.rstrip('/')}{reverse(route)}"


def keep(request: HttpRequest, attempt: Attempt, *, onward: str, person: UUID | None) -> None:
    """Until it comes back; the oldest give way."""
    told = {
        "state": attempt.state,
        "nonce": attempt.nonce,
        "verifier": attempt.verifier,
        "back": attempt.back,
        "begun_at": attempt.begun_at.isoformat(),
        "onward": onward if url_has_allowed_host_and_scheme(onward, allowed_hosts=None) else "/",
        "person": str(person) if person else "",
    }
    request.session[BEGUN] = [*request.session.get(BEGUN, []), told][-MOST_ATTEMPTS:]


def taken(request: HttpRequest, state: str) -> Begun | None:
    """The one that comes back with this; it is over, whatever becomes of it."""
    begun = request.session.get(BEGUN, [])
    found = next((each for each in begun if each["state"] == state), None)
    if found is None:
        return None
    request.session[BEGUN] = [each for each in begun if each is not found]
    attempt = Attempt(
        state=found["state"],
        nonce=found["nonce"],
        verifier=found["verifier"],
        back=found["back"],
        begun_at=datetime.fromisoformat(found["begun_at"]),
    )
    return Begun(attempt, found["onward"], UUID(found["person"]) if found["person"] else None)
