"""What the platform itself can't protect against, and the whole list as a viewer reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.limits import Limit, all_limits, register_limits
from beffroi.persistence.places import Place, places_of, register_place

# Who runs it, and who answers for having it.
DECIDING: Final = (Role.ADMINISTRATOR, Role.OFFICIAL)
PLACE: Final = Place(
    "limits",
    _("Limits of protection"),
    _("Where the platform’s protection ends, what limits the harm, and where it shows"),
    "list",
    35,
    lambda viewer: bool(viewer.authorities(*DECIDING)),
    "setting-up",
)
OWN: Final = (
    Limit(
        "root-abused",
        _("Whoever holds a root abuses it"),
        _("One root is enough to name other keys: these open every lock and show every camera."),
        _("Two safes, and two people at each opening. The other root signs a key set without those keys."),
        _("Key sets that the server was given are in the register; one that went round it is not."),
        "entries",
        10,
    ),
    Limit(
        "server-root",
        _("Whoever administers the server abuses it, or somebody breaks in"),
        _("They read what it reads, act in its name, have locks opened, stop it."),
        _(
            "With the roots in their safes it opens no backup and signs no key set: a root sets its keys aside. "
            "Locks keep logs of their own. Have a partner keep checkpoints of the register."
        ),
        _("A past that was rewritten shows to whoever kept a checkpoint; reading leaves no trace."),
        "entries",
        15,
    ),
    Limit(
        "administrator",
        _("An administrator gives rights that they shouldn’t"),
        _("What is given works, as any right does, until it ends or is withdrawn."),
        _(
            "Rights have an end; whoever changes what matters proves again who they are. Have a second "
            "administrator read the register."
        ),
        _("Each change is in the register, with who made it."),
        "entries",
        20,
    ),
    Limit(
        "phone-lent",
        _("A phone is lent unlocked, or its code is known"),
        _("Whoever holds it does what its owner may do: open, look, read."),
        _(
            "A right names the things and the hours, and its key doesn’t leave the phone. Lock phones; say at "
            "once that one is lost, and its key is withdrawn."
        ),
        _("The act bears the owner’s name: the register can’t tell who held the phone."),
        "entries",
        25,
    ),
    Limit(
        "nobody-records",
        _("An act goes round the platform, or a reason is false"),
        _("A mechanical key, a telephone call, a word typed to please: the register can’t know."),
        _("A rule of the town’s: what is done otherwise is written down the same day. Somebody reads reasons."),
        _("The register proves what was recorded, and when; not that it is true, nor that it is all."),
        "entries",
        30,
    ),
    Limit(
        "list-old",
        _("A lock or a camera’s relay that is cut off doesn’t hear that a right was withdrawn"),
        _("The right goes on there, as long as the convention lets it."),
        _(
            "The convention says how old its list may be (usually 72 hours for a lock, 15 minutes for images), "
            "and what follows: a refusal, or an opening that is marked."
        ),
        _("A thing that is silent is shown so, and administrators are told. The mark is on the opening’s entry."),
        "entries",
        60,
    ),
    Limit(
        "metadata",
        _("Without reading anything, somebody sees who speaks to whom"),
        _("The network, the host, the maker of a phone (for notifications) see that something passes, and when."),
        _(
            "What passes is encrypted. The published register says which kind of act, and its minute: not whose, "
            "nor on what."
        ),
        _("Nowhere: nobody can see who watches a network."),
        "",
        75,
    ),
    Limit(
        "own-authority",
        _("Somebody has people trust a false authority"),
        _(
            "Where the town certifies itself, phones are told by hand whom to trust, over a network that may "
            "lie. A false one could read all that they do."
        ),
        _(
            "Compare the fingerprint with the printed sheet. The town’s own authority is good for its names "
            "alone. A public certificate spares all this."
        ),
        _("In the phone’s settings, not here. The state of the installation watches the server’s certificate."),
        "upkeep",
        80,
    ),
    Limit(
        "roots-lost",
        _("Both roots are lost"),
        _("No backup opens any more, and no key set can be signed: each device must be commissioned again."),
        _("Two safes in two buildings, a test of restoring twice a year. A further recipient for backups can be set."),
        _("First steps say when the last test was; nobody can tell from here that a safe is empty."),
        "start",
        90,
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A limit, with the page that shows its trace when the viewer has it."""

    limit: Limit
    place: Place | None


def lines(viewer: Viewer) -> Iterator[Line]:
    """The whole list."""
    places = {place.route: place for place in places_of(viewer)}
    return (Line(limit, places.get(limit.place)) for limit in all_limits())


def everything() -> list[Line]:
    """The whole list, for paper: it leads nowhere."""
    return [Line(limit, None) for limit in all_limits()]


def register() -> None:
    """Called once, when the application is ready."""
    register_limits(*OWN)
    register_place(PLACE)
