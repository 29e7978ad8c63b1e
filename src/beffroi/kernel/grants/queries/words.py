"""What a convention allows, in plain words: made from the values that make its row, those of a form as well as those signed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.grants.rules import spell

UNSAID = "…"
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PurposeTerms:
    """A purpose with its legal basis and its bounds; what isn't said yet is empty or None."""

    label: str
    legal_text: str
    legal_article: str
    legal_version_on: date | None
    least: timedelta | None
    most: timedelta | None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a convention says; what isn't said yet is empty or None. `right` and `things` as its system says them."""

    authority: str
    partner: str
    valid_from: datetime | None
    valid_until: datetime | None
    purposes: tuple[PurposeTerms, ...]
    things: int
    right: Callable[[int], str]
    transports: tuple[str, ...]
    list_age: timedelta | None
    list_old: str
    time_unknown: str


def allowed(terms: Terms) -> list[str]:
    """Who may do what to which things, for what, how long."""
    first, last = _day(terms.valid_from), _day(terms.valid_until - A_SECOND if terms.valid_until else None)
    values = {
        "first": first,
        "last": last,
        "authority": terms.authority,
        "partner": terms.partner or UNSAID,
        "right": terms.right(terms.things),
    }
    if not terms.things:
        return [
            _(
                "From %(first)s to %(last)s, between %(authority)s and %(partner)s. It covers nothing yet: nobody may do anything under it."
            )
            % values
        ]
    return [
        _(
            "From %(first)s to %(last)s, the dispatchers of %(partner)s may give a technician of their firm the right %(right)s."
        )
        % values,
        *(_purpose(purpose) for purpose in terms.purposes),
        _(
            "Nobody at %(authority)s has to approve: what the convention admits is given at once, the rest is refused "
            "with its reason. Both are in the register."
        )
        % values,
        _("Nobody else may, and no right outlasts %(last)s.") % values,
    ]


def held_to(terms: Terms) -> list[str]:
    """What its locks check, and what they do when they can't."""
    age = spell(terms.list_age) if terms.list_age else UNSAID
    old = (
        _("A lock without news of lost phones for %(age)s opens, and marks the opening.")
        if terms.list_old == "flag"
        else _("A lock without news of lost phones for %(age)s refuses.")
    )
    unknown = (
        _("After a power cut, a lock that doesn’t know the time yet opens, and marks the opening.")
        if terms.time_unknown == "admit-marked"
        else _("After a power cut, a lock refuses until it knows the time again.")
    )
    return [_transports(frozenset(terms.transports)), old % {"age": age}, unknown]


def unsaid(terms: Terms) -> list[str]:
    """What a draft has to say before it can be signed, or should."""
    found = [
        words
        for missing, words in (
            (not terms.partner, _("with whom it is signed")),
            (terms.valid_from is None or terms.valid_until is None, _("from when to when")),
            (not terms.purposes, _("a purpose")),
            (not terms.transports, _("how a phone reaches a lock")),
        )
        if missing
    ]
    bare = sum(purpose.legal_version_on is None or not purpose.legal_text for purpose in terms.purposes)
    if bare:
        found.append(
            ngettext("the legal basis of %(count)s purpose", "the legal basis of %(count)s purposes", bare)
            % {"count": bare}
        )
    return found


def _purpose(purpose: PurposeTerms) -> str:
    basis = ", ".join(part for part in (purpose.legal_text or UNSAID, purpose.legal_article) if part)
    return _("For “%(label)s” (%(basis)s, version of %(version)s): %(least)s at least, %(most)s at most at a time.") % {
        "label": purpose.label or UNSAID,
        "basis": basis,
        "version": date_format(purpose.legal_version_on) if purpose.legal_version_on else UNSAID,
        "least": spell(purpose.least) if purpose.least else UNSAID,
        "most": spell(purpose.most) if purpose.most else UNSAID,
    }


def _transports(transports: frozenset[str]) -> str:
    if transports == {"local"}:
        return _("The phone opens next to the lock only.")
    if transports == {"relay"}:
        return _("The phone reaches the lock through this server only.")
    if not transports:
        return _("No phone reaches a lock: choose how it does.")
    return _("The phone opens next to the lock or, where there is no radio, through this server.")


def _day(moment: datetime | None) -> str:
    return date_format(localtime(moment), "DATE_FORMAT") if moment else UNSAID
