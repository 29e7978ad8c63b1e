"""Screens that follow contacts look again, and maps on which a room, or the thing that a contact observes, stands."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from beffroi.kernel.contacts.models import Contact
from beffroi.kernel.contacts.registry import LAYER, TOPIC, WATCHED
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import changed


def show_contacts(*, authority: UUID, contacts: Iterable[Contact]) -> None:
    """Part of an act that changed these contacts of an authority: what they say, how they are, where they stand."""
    rows = list(contacts)
    changed(authority=authority, topic=TOPIC, subjects=[row.pk for row in rows])
    shown: defaultdict[str, list[UUID]] = defaultdict(list)
    for row in rows:
        if row.thing is None:
            shown[LAYER].append(row.pk)
        elif row.thing_kind in WATCHED:
            shown[WATCHED[row.thing_kind].layer].append(row.thing)
    for layer, subjects in shown.items():
        changed(authority=authority, topic=LAYERS[layer].topic, subjects=subjects)
