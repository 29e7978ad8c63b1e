"""What devices keep: events and the batches that prove them as traces of access; who commanded, and what was refused, for a time."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.mqtt import accounts, notes
from beffroi.adapters.mqtt.errors import BrokerUnusableError
from beffroi.kernel.devices.actions.destruction import destroy_batches, forget_askers
from beffroi.kernel.devices.models import Command, CommandState, RefusedInput, SignedBatch
from beffroi.kernel.devices.queries.devices import broker_accounts
from beffroi.lib.clock import utc_now
from beffroi.persistence.keeping import (
    GDPR,
    JOURNALS,
    TRACES,
    Bounds,
    Kept,
    Unit,
    register_kept,
    register_lasting,
    register_reference,
    register_strays,
)

ENDED = (CommandState.DONE, CommandState.REFUSED, CommandState.EXPIRED)


def batches(authority: UUID | None) -> QuerySet[Model]:
    """Signed batches, by the moment they were stored: a device's own clock may be wrong."""
    return SignedBatch.objects.filter(authority=authority).annotate(kept_from=F("stored_at"))


def commands(authority: UUID | None) -> QuerySet[Model]:
    """Commands that are over and still say who asked for them."""
    rows = Command.objects.filter(authority=authority, state__in=ENDED, asked_by__isnull=False)
    return rows.annotate(kept_from=F("asked_at"))


def refused(authority: UUID | None) -> QuerySet[Model]:
    """Counts of what was not believed, of one authority's devices."""
    return RefusedInput.objects.filter(authority=authority).annotate(kept_from=F("last_at"))


def broker_strays() -> list[str]:
    """Devices that our own broker's list admits and that are not in service."""
    try:
        known = notes.read(settings.BEFFROI_HOME)
    except BrokerUnusableError:
        return [notes.path_in(settings.BEFFROI_HOME).name]
    listed = Path(known.folder) / accounts.ACCESS if known else None
    if listed is None or not listed.exists():
        return []
    users = {line.removeprefix("user ") for line in listed.read_text().splitlines() if line.startswith("user ")}
    return sorted(users - {str(device) for _authority, device in broker_accounts(utc_now())})


def register() -> None:
    """Called once, when the application is ready."""
    register_kept(
        Kept(
            code="devices.events",
            title=_("Events of devices, with the signatures that prove them"),
            since=_("the moment they were stored"),
            bounds=TRACES,
            source=JOURNALS,
            models=("devices.SignedBatch", "devices.DeviceEvent"),
            things=batches,
            erase=destroy_batches,
            at_once=2000,
        )
    )
    register_kept(
        Kept(
            code="devices.commands",
            title=_("Who asked that a device be told something"),
            since=_("the asking"),
            bounds=TRACES,
            source=JOURNALS,
            models=("devices.Command",),
            things=commands,
            erase=forget_askers,
        )
    )
    counts = Bounds(usual=12, least=1, most=36, unit=Unit.MONTHS)
    for code, installation in (("devices.refused", False), ("devices.refused.installation", True)):
        register_kept(
            Kept(
                code=code,
                title=_("Counts of what came from unknown devices and was refused")
                if installation
                else _("Counts of what came from devices and was refused"),
                since=_("the last time"),
                bounds=counts,
                source=GDPR,
                models=("devices.RefusedInput",),
                things=refused,
                installation=installation,
            )
        )
    register_lasting(
        ("devices.Device", "devices.Head", "devices.Condition", "devices.Hole"),
        _("Equipment and how far its log came: nobody’s data; what old signatures are verified with."),
    )
    register_lasting(
        ("devices.Beat", "devices.Sources", "devices.Box"),
        _("Which uses live at a relay now, and where it finds its cameras, sealed: nobody’s data."),
    )
    register_lasting(("devices.Lapse",), _("A queue: a row lives until its work is done."))
    register_lasting(("devices.Listening",), _("Processes of the installation: nobody’s data."))
    register_lasting(("devices.SinkTask",), _("A queue: a row lives until its work is done."))
    register_lasting(("devices.RelayUse",), _("Counts of a minute, for limits: forgotten within ten minutes."))
    register_strays("broker", broker_strays)
    commanded = Command.objects.filter(asked_by__isnull=False)
    register_reference("devices.askers", lambda: commanded.values_list("asked_by", flat=True))
