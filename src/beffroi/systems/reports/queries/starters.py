"""The kinds of faults that a French town begins with, in the language in force; it then changes them."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beffroi.systems.reports.rules import Offered


@dataclass(frozen=True, slots=True)
class Starter:
    """A kind of fault in every language: its code, what it is called, its group, what happens next, other words for it."""

    code: str
    label: Promise
    group: Promise
    next: Promise
    icon: str
    words: Promise
    hours: int = 48
    asset: str = ""


ROADS, LIGHT, CLEAN = _("Roads and pavements"), _("Street lighting"), _("Cleanliness")
GREEN, WATER, SIGNS = _("Green spaces"), _("Water"), _("Signs")
FURNITURE, NETWORKS = _("Street furniture"), _("Networks")
ROADMEN = _("The road service comes and makes it safe, then mends it.")
CLEANERS = _("The cleaning team passes by and takes it away.")
OPERATOR = _("The network’s operator is told at once, and makes it safe.")
LIFT = _("The lighting contractor goes and sees with its lift.")
SAWN = _("The gardeners make the place safe, then cut it up.")
ROUND = _("It is put on the gardeners’ next round.")
SHUT = _("The water service comes and closes it.")
CLEARED = _("The water service comes and clears it.")
CROSSING = _("The crossing is made safe, then mended.")
SAFE = _("Made safe the same day if it is dangerous, then mended.")

# About things that a town or a network keeps in order, never about people.
STARTERS: Final = (
    Starter("pothole", _("Pothole or damaged road"), ROADS, ROADMEN, "road", _("hole, tarmac, road")),
    Starter("pavement", _("Damaged pavement"), ROADS, ROADMEN, "road", _("kerb, slab"), 120),
    Starter("lamp", _("Street lamp out or flickering"), LIGHT, LIFT, "lamp", _("light, dark, bulb"), asset="lamp"),
    Starter("dump", _("Dumped rubbish"), CLEAN, CLEANERS, "trash", _("bags, mattress, rubble")),
    Starter("bin", _("Overflowing bin"), CLEAN, CLEANERS, "trash", _("waste, litter"), 24),
    Starter("graffiti", _("Graffiti"), CLEAN, CLEANERS, "edit", _("tag, paint, poster"), 120),
    Starter("branch", _("Fallen tree or dangerous branch"), GREEN, SAWN, "tree", _("wind, storm, wood"), 24),
    Starter("green", _("Overgrown green space"), GREEN, ROUND, "tree", _("grass, hedge, weeds"), 240),
    Starter("leak", _("Water leak"), WATER, SHUT, "water", _("pipe, flood, hydrant"), 24),
    Starter("drain", _("Blocked drain or bad smell"), WATER, CLEARED, "water", _("gully, sewer, manhole")),
    Starter("sign", _("Damaged or missing road sign"), SIGNS, ROADMEN, "sign", _("panel, arrow, mirror")),
    Starter("traffic-lights", _("Traffic lights out of order"), SIGNS, CROSSING, "sign", _("red, green, crossing"), 24),
    Starter(
        "furniture",
        _("Damaged bench, playground or railing"),
        FURNITURE,
        SAFE,
        "bench",
        _("swing, barrier, bollard"),
        120,
    ),
    Starter(
        "cabinet",
        _("Fibre cabinet open or damaged"),
        NETWORKS,
        OPERATOR,
        "cabinet",
        _("internet, door, box"),
        asset="cabinet",
    ),
    Starter("pole", _("Leaning or fallen pole"), NETWORKS, OPERATOR, "pole", _("telephone, wood, post"), 24, "pole"),
    Starter("cable", _("Hanging or torn cable"), NETWORKS, OPERATOR, "pole", _("wire, fibre, telephone"), 24, "cable"),
)


def starters() -> list[Offered]:
    """All of them."""
    return [
        Offered(
            code=one.code,
            label=str(one.label),
            group=str(one.group),
            what_next=str(one.next),
            icon=one.icon,
            asset=one.asset,
            hours=one.hours,
            keywords=str(one.words),
        )
        for one in STARTERS
    ]
