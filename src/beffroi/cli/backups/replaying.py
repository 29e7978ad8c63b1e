"""Going back to a moment: a base, and the pieces of the log from it on, looked over before anything is touched."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final

from beffroi.adapters.archive import age
from beffroi.adapters.archive.errors import NotForUs
from beffroi.adapters.archive.folder import BackupFolder, open_part
from beffroi.adapters.archive.logs import LogFolder, folders, unpressed
from beffroi.adapters.archive.streams import ChunkReader, CountingReader
from beffroi.adapters.archive.tars import unpacked_tree
from beffroi.adapters.postgres.recovery import Recovery
from beffroi.cli.backups.errors import BackupRefused
from beffroi.cli.backups.opening import Found, said
from beffroi.cli.backups.progress import Progress
from beffroi.protocol.backup.errors import BackupFormatError
from beffroi.protocol.backup.manifest import BASE
from beffroi.protocol.backup.wal import HISTORY, SEGMENT, Piece, following, read_base, read_piece, timeline_of
from beffroi.protocol.register.errors import RegisterFormatError
from beffroi.protocol.register.note import VerifierKey, open_note

END: Final = "end"
_FORMS: Final = tuple(f"%Y-%m-%d{between}%H:%M{seconds}" for between in " T" for seconds in ("", ":%S", ":%S.%f"))
_ZONED: Final = tuple(f"{form}%z" for form in _FORMS)
# An act may bear a moment a little before that of its place in the log.
_SURE: Final = timedelta(minutes=5)


def moment(text: str, zone: tzinfo) -> datetime | None:
    """A moment as an officer types it, in the town's time unless it says another (`Z`, `+02:00`); None for "end". Raises BackupRefused."""
    if text == END:
        return None
    for form in _ZONED:
        try:
            return datetime.strptime(text.replace(" UTC", "Z"), form).astimezone(UTC)
        except ValueError:
            continue
    for form in _FORMS:
        try:
            there = datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
        one, other = there.astimezone(UTC), there.replace(fold=1).astimezone(UTC)
        if one != other:
            raise BackupRefused(
                f"--to {text!r}: the clock goes forward or back in that hour: say it in UTC ('2026-10-25 00:30Z')"
            )
        return one
    raise BackupRefused(
        f"--to {text!r}: a moment like '2026-11-23 14:05' is needed (the town's time; Z for UTC), or {END}"
    )


@dataclass(frozen=True, slots=True)
class Replay:
    """What is played: the backup that has the base, the pieces by name, up to when (None: to the end), of when the last of them is."""

    base: Found
    log: LogFolder
    pieces: tuple[str, ...]
    until: datetime | None
    last: datetime


def newest(folder: BackupFolder, until: datetime | None, *, with_base: bool = False) -> Found:
    """The newest backup that was whole by then; raises BackupRefused."""
    for name in reversed(folder.names()):
        try:
            manifest, digest = folder.manifest(name)
        except BackupFormatError:
            continue
        if (until is None or manifest.ended <= until) and (not with_base or manifest.part(BASE)):
            return Found(folder, manifest, digest)
    what = "backup with a base" if with_base else "backup"
    when = f" as early as {said(until)}" if until else ""
    raise BackupRefused(f"{folder.folder} holds no {what}{when}: one can go back to what is later than one only")


def plan(folder: BackupFolder, place: Path, until: datetime | None) -> Replay:
    """Which base, and which pieces without a gap; raises BackupRefused with what is missing. Nothing is believed yet."""
    base = newest(folder, until, with_base=True)
    name = base.manifest.name
    for log in folders(place):
        note = log.bases().get(name)
        if note is not None:
            first = read_base(_unsigned(note)).segment
            return _pieces(base, log, first, until)
    raise BackupRefused(f"{place} does not hold the log that goes with the base of {name}")


def _pieces(base: Found, log: LogFolder, first: str, until: datetime | None) -> Replay:
    names = log.names()
    segments = [each for each in names if SEGMENT.fullmatch(each) and timeline_of(each) == timeline_of(first)]
    here, taken, last = set(segments), [], None
    expected = first
    while expected in here:
        taken.append(expected)
        last = read_piece(_unsigned(log.note(expected))).closed
        if until is not None and last >= until + _SURE:
            break
        expected = following(expected)
    if last is None or (until is not None and last < until) or (until is None and segments[-1:] > taken[-1:]):
        raise BackupRefused(_missing(segments, first, expected, last))
    histories = [each for each in names if HISTORY.fullmatch(each)]
    return Replay(base, log, (*histories, *taken), until, last)


def _missing(segments: Sequence[str], first: str, expected: str, last: datetime | None) -> str:
    if later := next((each for each in segments if each > expected), ""):
        gap = f"the log has a gap: {expected} is missing, {later} and what follows is there"
    else:
        gap = f"the log ends before: {expected} is the first piece that is not there"
    if last is None:
        return f"{gap}. No moment can be gone back to from this base, whose log begins at {first}"
    return f"{gap}. The last moment that can be had is {said(last)}: --to '{last.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z'"


def check_whole(replay: Replay, progress: Progress) -> None:
    """Raises BackupRefused, which names each piece that is not as its note says; nothing was touched."""
    progress.step("looking the log over", sum(replay.log.path(name).stat().st_size for name in replay.pieces))
    wrong = [name for name in replay.pieces if not _as_noted(replay.log, name, progress)]
    progress.close()
    if wrong:
        raise BackupRefused(
            "pieces of the log were altered or cut short, and nothing was touched:\n  " + "\n  ".join(wrong)
        )


def check_notes(replay: Replay, keys: Sequence[VerifierKey]) -> None:
    """Raises BackupRefused unless these keys signed what is said of every piece, and of where the base begins."""
    try:
        text, _ = open_note(replay.log.bases()[replay.base.manifest.name], keys)
        base = read_base(text)
        if (base.system, base.backup) != (replay.log.system, replay.base.manifest.name):
            raise BackupRefused("the note about the base is about another one")
        for name in replay.pieces:
            text, _ = open_note(replay.log.note(name), keys)
            if (read_piece(text).system, read_piece(text).name) != (replay.log.system, name):
                raise BackupRefused(f"the note about {name} is about another piece")
    except (RegisterFormatError, BackupFormatError) as error:
        raise BackupRefused(f"the log was not signed by this installation: {error}") from error


def recover(replay: Replay, home: Path, identities: Sequence[age.Identity], progress: Progress) -> None:
    """The cluster as it was at that moment, stopped. Raises BackupRefused, ArchiveError, PostgresError."""

    def base(target: Path) -> None:
        part = replay.base.manifest.part(BASE)
        if part is None:
            raise BackupRefused(f"{replay.base.manifest.name} has no base")
        progress.step("the database's files", part.bytes)
        with open_part(replay.base.place / BASE) as sealed:
            source = CountingReader(sealed, progress.told)
            with age.opened(source, identities) as pressed:
                for _ in unpacked_tree(io.BufferedReader(_Raw(unpressed(pressed))), target):
                    pass

    def log(target: Path) -> None:
        progress.step("pieces of the log", len(replay.pieces), in_bytes=False)
        for name in replay.pieces:
            replay.log.take_out(name, target / name, identities)
            progress.told(1)
        progress.step("playing the log" if replay.until is None else f"playing the log up to {said(replay.until)}")

    try:
        Recovery(
            home,
            major=replay.base.postgresql,
            base=base,
            log=log,
            moment=replay.until,
            told=lambda: progress.told(0),
        ).run()
    except NotForUs as error:
        raise BackupRefused("the base or its log does not open with the keys given") from error
    progress.close()


class _Raw(io.RawIOBase):
    """A generator's pieces, for those who want a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = ChunkReader(chunks)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # a buffer of bytes is all that comes
        data = self._chunks.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _as_noted(log: LogFolder, name: str, progress: Progress) -> bool:
    try:
        piece: Piece = read_piece(_unsigned(log.note(name)))
    except BackupFormatError:
        return False
    return piece.name == name and piece.sha256 == log.digest(name, progress.told)


def _unsigned(note: str) -> str:
    """The text of a note whose signatures are looked at later."""
    return note.rpartition("\n\n")[0] + "\n"
