"""Inhabitants' requests about their images: for whoever answers them, and for whoever asked, by the link they were given."""

from typing import Final
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import ngettext

from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.waiting import Waiting
from beffroi.protocol.v1.members import decode_bytes, encode_bytes
from beffroi.systems.video.models import AccessLetter, AccessRequest
from beffroi.systems.video.rules import LetterState

_SALT: Final = "video.access"
# Names and what somebody says of their own life: for those who answer, not for all who serve.
ANSWERING: Final = (Role.ADMINISTRATOR,)


def access_requests(viewer: Viewer) -> QuerySet[AccessRequest]:
    """Those that the viewer may answer: what waits first, the soonest due foremost."""
    rows = AccessRequest.objects.filter(authority_id__in=viewer.authorities(*ANSWERING)).select_related("site")
    return rows.order_by(F("answered_at").desc(nulls_first=True), "due_at", "id")


def answers(viewer: Viewer) -> bool:
    """Whether the viewer answers such requests."""
    return bool(viewer.authorities(*ANSWERING))


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=".")


def token_of(row: AccessRequest) -> str:
    """What opens the page of whoever asked; nothing else does."""
    return _signer().sign(encode_bytes(row.pk.bytes))


def asked_with(token: str) -> AccessRequest | None:
    """The request whose page a link opens; None for a link that we didn't write."""
    try:
        code = decode_bytes(_signer().unsign(token))
    except BadSignature:
        return None
    if code is None:
        return None
    rows = AccessRequest.objects.select_related("site", "authority")
    return rows.filter(pk=UUID(bytes=code)).first()


def access_waiting(viewer: Viewer) -> list[Waiting]:
    """How many wait for an answer."""
    count = access_requests(viewer).filter(answered_at__isnull=True).count() if answers(viewer) else 0
    text = ngettext("%(n)s request about images to answer", "%(n)s requests about images to answer", count)
    found = [Waiting(text % {"n": localize(count)}, reverse("video-access"), "camera")] if count else []
    rows = AccessLetter.objects.filter(state=LetterState.PAPER, request__in=access_requests(viewer).order_by())
    post = rows.count() if answers(viewer) else 0
    words = ngettext(
        "%(n)s letter about images to print and post", "%(n)s letters about images to print and post", post
    )
    return [*found, *([Waiting(words % {"n": localize(post)}, reverse("video-access"), "print")] if post else [])]
