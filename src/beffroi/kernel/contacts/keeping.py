"""What contacts keep: what was said of doors as traces of access; who speaks and is registered nowhere for a month."""

from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.contacts.models import ContactEvent, Stranger
from beffroi.persistence.keeping import (
    GDPR,
    JOURNALS,
    TRACES,
    Bounds,
    Kept,
    Unit,
    register_kept,
    register_lasting,
)


def events(authority: UUID | None) -> QuerySet[Model]:
    """What contacts said, by when it reached us: a gateway's clock may be wrong."""
    return ContactEvent.objects.filter(authority=authority, handled_at__isnull=False).annotate(kept_from=F("heard_at"))


def strangers(authority: UUID | None) -> QuerySet[Model]:
    """What speaks on the town's networks and is not the town's."""
    return Stranger.objects.filter(authority=authority).annotate(kept_from=F("last_at"))


def register() -> None:
    """Called once, when the application is ready."""
    register_kept(
        Kept(
            code="contacts.events",
            title=_("What door contacts said of doors"),
            since=_("the moment they were heard"),
            bounds=TRACES,
            source=JOURNALS,
            models=("contacts.ContactEvent",),
            things=events,
            at_once=2000,
        )
    )
    register_kept(
        Kept(
            code="contacts.strangers",
            title=_("Addresses heard on the town’s networks and registered nowhere"),
            since=_("the last time"),
            bounds=Bounds(usual=30, least=1, most=90, unit=Unit.DAYS),
            source=GDPR,
            models=("contacts.Stranger",),
            things=strangers,
        )
    )
    register_lasting(("contacts.Contact",), _("Equipment, the door it is on and how that last was: nobody’s data."))
    register_lasting(("contacts.OwnModel",), _("What messages of a model of contacts mean: nobody’s data."))
    register_lasting(("contacts.Line",), _("Brokers of the installation and how they are heard: nobody’s data."))
