"""Roles, and letters of invitations, in words, for pages above."""

from django.utils.formats import localize
from django.utils.translation import ngettext

from beffroi.kernel.territory.models import ROLE_LABELS
from beffroi.lib.viewer import Role


def role_words(role: Role) -> str:
    """What the role is called."""
    return str(ROLE_LABELS[role])


def letters_to_send(count: int) -> str:
    """What is offered once a list of people is written."""
    return ngettext("Send %(count)s invitation", "Send %(count)s invitations", count) % {"count": localize(count)}


def letters_sent(count: int) -> str:
    """That it was done."""
    return ngettext("%(count)s invitation leaves.", "%(count)s invitations leave.", count) % {"count": localize(count)}
