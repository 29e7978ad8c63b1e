"""Screens for tests, made by the actions that make them in a town."""

import base64
import secrets
from datetime import datetime
from uuid import UUID

from beffroi.kernel.screens.actions import Refusal, ask_for_code, pair_screen
from beffroi.kernel.screens.models import Screen


def make_screen(*, authority: UUID, by: UUID, now: datetime, name: str = "Mur du CSU") -> Screen:
    """A screen of an authority's, paired; its key is nobody's."""
    thumbprint = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    asked = ask_for_code(thumbprint=thumbprint, now=now)
    if isinstance(asked, Refusal):
        raise TypeError(asked)
    done = pair_screen(authority=authority, code=asked.code, name=name, now=now, by=by)
    if isinstance(done, Refusal):
        raise TypeError(done)
    return Screen.objects.get(pk=done)
