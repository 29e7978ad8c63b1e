"""Urgencies and durations, in words."""

from datetime import timedelta

from django import template

from beffroi.kernel.alerts.models import URGENCY_LABELS
from beffroi.kernel.alerts.rules import Urgency
from beffroi.kernel.grants.rules import spell

register = template.Library()


@register.filter
def urgency(code: str) -> str:
    """How soon, in a word."""
    return str(URGENCY_LABELS[Urgency(code)])


@register.filter
def lasts(duration: timedelta) -> str:
    """A duration, in hours, minutes or seconds."""
    seconds = int(duration.total_seconds())
    return f"{seconds} s" if seconds % 60 else spell(duration)
