"""Where the published logs are, and what was last signed about each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from beffroi.kernel.register.errors import PublishedLogBroken
from beffroi.kernel.register.queries.keys import KeyRing
from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.checkpoint import Checkpoint, LogEnd, open_checkpoint, open_end, parse_checkpoint
from beffroi.protocol.register.errors import RegisterFormatError
from beffroi.protocol.register.journal import ErasureJournal
from beffroi.protocol.register.keys import CheckpointKeys
from beffroi.protocol.register.names import LogName


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of all published logs, the erasure journals that are beside it, and the host that their origins begin with."""

    home: Path
    host: str

    @property
    def root(self) -> Path:
        return self.home / "register"

    @property
    def journals(self) -> Path:
        """Not inside `root`, which any web server may publish as it stands."""
        return self.home / "register-erasures"

    @property
    def hold(self) -> Path:
        """There while nothing may be numbered: a backup was restored, and `beffroi register resume` was not told how to go on."""
        return self.home / "register-held.json"

    @property
    def key_folder(self) -> Path:
        return self.home / "keys"

    def archive(self, name: LogName) -> Archive:
        return Archive(self.root / name.folder)

    def names(self) -> Iterator[LogName]:
        """The logs that have a folder."""
        if not self.root.is_dir():
            return
        for path in sorted(self.root.iterdir()):
            try:
                yield LogName.parse(path.name)
            except RegisterFormatError:
                continue


def shelf() -> Shelf:
    """This installation's."""
    return Shelf(home=Path(settings.BEFFROI_HOME), host=settings.BEFFROI_REGISTER_HOST)


def key_ring(place: Shelf) -> KeyRing:
    """This installation's checkpoint keys."""
    return KeyRing(place.key_folder)


def signed_checkpoint(archive: Archive, keys: CheckpointKeys) -> Checkpoint | None:
    """The checkpoint last published, which one of our keys signed; raises PublishedLogBroken when none of them did."""
    note = archive.checkpoint()
    if note is None:
        return None
    try:
        origin = note.partition("\n")[0]
        return open_checkpoint(note, keys.verifiers(origin))
    except RegisterFormatError as error:
        raise PublishedLogBroken(f"the checkpoint in {archive.folder} is not ours: {error}") from error


def signed_end(archive: Archive, keys: CheckpointKeys) -> LogEnd | None:
    """The signed end, None while the log is open; raises PublishedLogBroken when none of our keys signed it."""
    note = archive.end()
    if note is None:
        return None
    try:
        origin = note.split("\n", 2)[1]
        return open_end(note, keys.verifiers(origin))
    except (IndexError, RegisterFormatError) as error:
        raise PublishedLogBroken(f"the end in {archive.folder} is not ours: {error}") from error


def served_checkpoint(archive: Archive) -> Checkpoint | None:
    """The checkpoint as the web process reads it: it holds no key, and proves nothing by itself."""
    note = archive.checkpoint()
    return None if note is None else checkpoint_in(note)


def checkpoint_in(note: str) -> Checkpoint:
    """What a signed checkpoint says, its signatures left alone; raises BadCheckpoint."""
    return parse_checkpoint(note.partition("\n\n")[0] + "\n")


def journal(place: Shelf, log: str) -> ErasureJournal:
    """What was erased from all generations of a log."""
    return ErasureJournal(place.journals / f"{log}.jsonl")
