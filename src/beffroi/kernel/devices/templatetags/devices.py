"""Reasons and commands in words, and the time that is left."""

import math
from datetime import datetime

from django import template
from django.utils.translation import ngettext

from beffroi.kernel.devices.models import Command
from beffroi.kernel.devices.queries.words import command_words, outcome_words, refusal_words
from beffroi.lib.clock import utc_now

register = template.Library()


@register.filter
def refusal(code: str) -> str:
    """Why something was refused, in words."""
    return refusal_words(code)


@register.filter
def told(command: Command) -> str:
    """What a device was told, in words."""
    return command_words(command.action, command.arguments)


@register.filter
def outcome(command: Command) -> str:
    """What the device said of it, in words; empty when there is nothing to add."""
    return outcome_words(command.outcome)


@register.filter
def minutes_left(until: datetime) -> str:
    """How many minutes there are until a moment, as people say it; a page that shows it comes again by itself."""
    left = max(0, math.ceil((until - utc_now()).total_seconds() / 60))
    return ngettext("%(count)d min", "%(count)d min", left) % {"count": left}
