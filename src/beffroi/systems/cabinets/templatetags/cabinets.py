"""Reasons in words, and look-ups by identifier."""

from collections.abc import Mapping
from uuid import UUID

from django import template

from beffroi.systems.cabinets.queries.words import act_words, cause_words, reason_words

register = template.Library()


@register.filter
def reason(code: str) -> str:
    """A reason code in words."""
    return reason_words(code)


@register.filter
def cause(code: str) -> str:
    """What the sensors felt, in words."""
    return cause_words(code)


@register.filter
def act(kind: str) -> str:
    """A kind of entry in words."""
    return act_words(kind)


@register.filter
def named(mapping: Mapping[UUID, object], key: UUID | None) -> object:
    """What a mapping holds for an identifier; nothing when it holds none."""
    return mapping.get(key, "") if key else ""
