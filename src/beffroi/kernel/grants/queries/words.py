"""What a convention allows, in plain words: made from the values that make its row, those of a form as well as those signed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.grants.models import CAPACITY_LABELS
from beffroi.kernel.grants.rules import Approval, Capacity, spell

UNSAID = "…"
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PurposeTerms:
    """A purpose with its legal basis, its bounds and where it is for; what isn't said yet is empty or None."""

    label: str
    legal_text: str
    legal_article: str
    legal_version_on: date | None
    least: timedelta | None
    most: timedelta | None
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartyTerms:
    """An organisation that a convention binds, in which capacity, when it signed, and what sort of organisation it is, in words."""

    name: str
    capacity: Capacity
    signed_on: date | None = None
    kind: str = ""

    @property
    def words(self) -> str:
        """What it does under the convention."""
        return str(dict(CAPACITY_LABELS)[self.capacity.value])


@dataclass(frozen=True, slots=True)
class Signature:
    """Whoever signs, all that they do under the convention in words, and the day that they signed."""

    name: str
    capacities: str
    signed_on: date | None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a convention says; what isn't said yet is empty or None. `right` and `things` as its system says them. `by_request`: its
    rights are asked for each time, by somebody designated, of `parties` with their capacities.
    """

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
    by_request: bool = False
    parties: tuple[PartyTerms, ...] = ()
    approval: str = ""
    still_every: timedelta | None = None

    @property
    def signatures(self) -> list[Signature]:
        """The authority's, then those of its other parties, once each whatever their capacities."""
        named = [party.name for party in self.parties] if self.by_request else [self.partner or UNSAID]
        return [self._signature(name) for name in dict.fromkeys([self.authority, *named])]

    def _signature(self, name: str) -> Signature:
        own = [party for party in self.parties if party.name == name]
        days = [party.signed_on for party in own if party.signed_on]
        return Signature(name, ", ".join(party.words for party in own), max(days, default=None))

    def who(self, capacity: Capacity) -> str:
        """Those of its parties that have a capacity, in words."""
        return ", ".join(party.name for party in self.parties if party.capacity is capacity) or UNSAID


def allowed(terms: Terms, *, purposes: bool = True) -> list[str]:
    """Who may do what to which things, for what, how long; without its purposes where a table has them."""
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
    if terms.by_request:
        return _asked(terms, values, purposes=purposes)
    return [
        _(
            "From %(first)s to %(last)s, the dispatchers of %(partner)s may give a technician of their firm the right %(right)s."
        )
        % values,
        *(_purpose(purpose) for purpose in terms.purposes if purposes),
        _(
            "Nobody at %(authority)s has to approve: what the convention admits is given at once, the rest is refused "
            "with its reason. Both are in the register."
        )
        % values,
        _("Nobody else may, and no right outlasts %(last)s.") % values,
    ]


def _asked(terms: Terms, values: dict[str, str], *, purposes: bool) -> list[str]:
    """The same, where somebody designated asks each time."""
    said = {
        **values,
        "asks": terms.who(Capacity.ASKS),
        "owns": terms.who(Capacity.OWNS),
        "receives": terms.who(Capacity.RECEIVES),
        "every": spell(terms.still_every) if terms.still_every else UNSAID,
    }
    asking = _("From %(first)s to %(last)s, somebody designated at %(asks)s may ask for the right %(right)s.")
    answer = (
        _(
            "%(owns)s says yes or no to each request. In an emergency the right is given at once, and confirmed afterwards."
        )
        if terms.approval == Approval.OWNER.value
        else _(
            "What the convention admits is given at once, the rest is refused with its reason. Both are in the register."
        )
    )
    receiving = [_("What is given may also go to: %(receives)s.")] if terms.who(Capacity.RECEIVES) != UNSAID else []
    still = _("Every %(every)s, whoever uses a right says whether it is still needed; without an answer, it is closed.")
    after = [answer, still, *receiving, _("Nobody else may, and no right outlasts %(last)s.")]
    reasons = [_purpose(purpose) for purpose in terms.purposes if purposes]
    return [asking % said, *reasons, *(words % said for words in after)]


def held_to(terms: Terms) -> list[str]:
    """What its gates check, and what they do when they can't."""
    age = spell(terms.list_age) if terms.list_age else UNSAID
    if terms.by_request:
        return _relays_hold_to(age)
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
            (not terms.partner and not terms.by_request, _("with whom it is signed")),
            (terms.by_request and terms.who(Capacity.ASKS) == UNSAID, _("who asks")),
            (terms.by_request and terms.who(Capacity.OWNS) == UNSAID, _("who owns")),
            (terms.valid_from is None or terms.valid_until is None, _("from when to when")),
            (not terms.purposes, _("a purpose")),
            (not terms.transports and not terms.by_request, _("how a phone reaches a lock")),
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
    words = _(
        "For “%(label)s” (%(basis)s, version of %(version)s): %(least)s at least, %(most)s at most at a time."
    ) % {
        "label": purpose.label or UNSAID,
        "basis": basis,
        "version": date_format(purpose.legal_version_on) if purpose.legal_version_on else UNSAID,
        "least": spell(purpose.least) if purpose.least else UNSAID,
        "most": spell(purpose.most) if purpose.most else UNSAID,
    }
    return (
        f"{words} {_('Only there: %(places)s.') % {'places': ', '.join(purpose.places)}}" if purpose.places else words
    )


def _relays_hold_to(age: str) -> list[str]:
    return [
        _("A relay without news of what was withdrawn for %(age)s refuses.") % {"age": age},
        _("After a power cut, a relay refuses until it knows the time again."),
    ]


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
