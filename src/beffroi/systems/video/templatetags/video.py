"""Durations and reasons in words."""

from datetime import timedelta

from django import template

from beffroi.systems.video.queries.words import lasting, reason_words

register = template.Library()


@register.filter
def lasted(duration: timedelta | None) -> str:
    """A duration in words; nothing for none."""
    return "" if duration is None else lasting(duration)


@register.filter
def minutes_lasted(minutes: int) -> str:
    """So many minutes, in words."""
    return lasting(timedelta(minutes=minutes))


@register.filter
def why(code: str) -> str:
    """A reason code in words."""
    return reason_words(code)
