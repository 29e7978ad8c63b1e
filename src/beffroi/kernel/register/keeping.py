"""What the register keeps: entries and proofs for the installation's life, and the values that open them for a time."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.register.actions.erasure import erase
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.register.registry import OWN_KINDS, registered_kinds
from beffroi.kernel.register.rules import GREATEST_SEQUENCE
from beffroi.persistence.keeping import (
    JOURNALS,
    TRACES,
    Bounds,
    Kept,
    LegalSource,
    Unit,
    register_kept,
    register_lasting,
)
from beffroi.protocol.register.entry import INSTALLATION

TRACE_VALUES = "register.traces"
ACT_VALUES = "register.acts"
# The end of any action in law, whatever suspends it.
LAST_ACTION = LegalSource("Code civil", "2232", date(2008, 6, 19))


def _entries(authority: UUID | None, *, lasting: bool) -> QuerySet[Model]:
    """Entries that still have their values. What the register says of itself is never erased."""
    own = {kind.code for kind in OWN_KINDS}
    kinds = [kind.code for kind in registered_kinds() if kind.lasting is lasting and kind.code not in own]
    log = INSTALLATION if authority is None else str(authority)
    rows = Entry.objects.filter(log=log, kind__in=kinds).filter(Exists(Payload.objects.filter(entry=OuterRef("pk"))))
    return rows.annotate(kept_from=F("at"))


def traces(authority: UUID | None) -> QuerySet[Model]:
    """Values of entries about access and people."""
    return _entries(authority, lasting=False)


def acts(authority: UUID | None) -> QuerySet[Model]:
    """Values of entries about the authority's own administration."""
    return _entries(authority, lasting=True)


def erase_values(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Erase what these entries say: the entries stay, and `register.erased` says what is missing."""
    erase(entries=[UUID(key) for key in keys], reason="retention", by=by, now=now)
    return len(keys)


def register() -> None:
    """Called once, when the application is ready: the same two rules for each authority's log and for the installation's."""
    acts_kept = Bounds(usual=120, least=12, most=240, unit=Unit.MONTHS)
    for suffix, installation in (("", False), (".installation", True)):
        register_kept(
            Kept(
                code=TRACE_VALUES + suffix,
                title=_("What the register’s entries say of access and of people")
                if not installation
                else _("What the installation’s register says of people and phones"),
                since=_("the entry"),
                bounds=TRACES,
                source=JOURNALS,
                models=("register.Payload",),
                things=traces,
                erase=erase_values,
                installation=installation,
                at_once=GREATEST_SEQUENCE,  # one entry tells of them all
            )
        )
        register_kept(
            Kept(
                code=ACT_VALUES + suffix,
                title=_("What the register’s entries say of acts of administration")
                if not installation
                else _("What the installation’s register says of acts of administration"),
                since=_("the entry"),
                bounds=acts_kept,
                source=LAST_ACTION,
                models=("register.Payload",),
                things=acts,
                erase=erase_values,
                installation=installation,
                at_once=GREATEST_SEQUENCE,  # one entry tells of them all
            )
        )
    register_lasting(
        ("register.Entry", "register.Leaf", "register.Head"),
        _("The register itself: commitments and hashes, from which nothing about anybody can be learnt."),
    )
