"""Pages that a phone may keep for when it has no network: each says so itself, the shell decides for whom."""

from collections.abc import Callable
from typing import Final, TypeVar

from django.http import HttpResponse

V = TypeVar("V", bound=Callable[..., HttpResponse])

FORM_DAYS: Final = 7


def kept_offline(view: V) -> V:
    """A page that is worth having without a network, for a day: on a phone of its reader's, never at a desk that others share."""
    view.kept_offline = True  # type: ignore[attr-defined]  # a mark on a function, as Django's own `login_required`
    return view


def kept_in_the_street(view: V) -> V:
    """A form that is filled in where there may be no network: it tells nothing of anybody but its reader's name, and is kept for a week on
    whatever device they opened it, a desk's too.
    """
    view.kept_days = FORM_DAYS  # type: ignore[attr-defined]  # as above
    return view
