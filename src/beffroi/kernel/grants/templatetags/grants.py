"""Durations in words."""

from datetime import timedelta

from django import template

from beffroi.kernel.grants.rules import spell

register = template.Library()


@register.filter
def spoken(duration: timedelta) -> str:
    """A duration in hours and minutes."""
    return spell(duration)
