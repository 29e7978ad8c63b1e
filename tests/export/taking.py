"""Building three authorities, publishing their registers, and taking everything away from each."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.utils import translation

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.register.queries.keys import KeyRing
from beffroi.kernel.register.queries.published import shelf
from beffroi.kernel.register.sequencer.loop import Sequencer
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.townhall.queries.bundle import write_bundle
from beffroi.lib.clock import utc_now
from beffroi.protocol.register.entry import INSTALLATION
from beffroi.protocol.v1.keyset import Use
from tests.matrix.towns import World, build


@dataclass(frozen=True)
class Taken:
    """A town and its neighbours; each one's export, unpacked in a folder of its own."""

    town: World
    home: Path
    database: ConnectionInfo
    folders: dict[UUID, Path]
    told: dict[UUID, list[tuple[int, int]]]

    @property
    def folder(self) -> Path:
        """The town's own."""
        return self.folders[self.town.authority.id]


def take_all(home: Path, database: ConnectionInfo) -> Taken:
    """Everything is made, published, taken and unpacked."""
    town = build(home / "towns")
    keys = KeyStore(home / "keys")
    for log in (INSTALLATION, *map(str, Authority.objects.values_list("id", flat=True))):
        keys.create(authority=log, use=Use.CHECKPOINT)
    publish()
    found = Taken(town, home, database, {}, {})
    for authority in Authority.objects.order_by("slug"):
        steps: list[tuple[int, int]] = []
        path = home / f"{authority.slug}.zip"
        with path.open("wb") as file, translation.override("en"):
            write_bundle(
                file, authority.id, utc_now(), tell=lambda *step, steps=steps: steps.append(step), scratch=home
            )
        with zipfile.ZipFile(path) as archive:
            archive.extractall(home / authority.slug)
        found.folders[authority.id], found.told[authority.id] = home / authority.slug, steps
    return found


def publish() -> None:
    """Number and sign all that was written so far."""
    sequencer = Sequencer(shelf(), KeyRing(shelf().key_folder))
    sequencer.begin()
    while sequencer.look():
        pass
