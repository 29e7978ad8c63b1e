"""A restored register whose database is ahead of the files that its own backup has: taken back all the same, ended, never forked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from beffroi.kernel.register.errors import MirrorRefused
from beffroi.kernel.register.factories import Town
from beffroi.kernel.register.models import Leaf
from beffroi.kernel.register.sequencer.mirror import FolderMirror
from beffroi.kernel.register.tests.test_resume_elsewhere import Backup, restored, resumed, verified
from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.checkpoint import open_end


def more(town: Town, count: int) -> Callable[[], None]:
    """Acts, numbered and published."""

    def done() -> None:
        town.acts(count)
        town.sequence()

    return done


@pytest.mark.parametrize("before", [0, 254])
def test_a_database_that_is_ahead_of_the_files_of_its_own_backup_takes_the_rest_back(
    town: Town, backup: Backup, tmp_path: Path, before: int
) -> None:
    """A town goes on while it is backed up; a database that is played up to a moment is days ahead."""
    if before:
        more(town, before)()
    with restored(town, backup, tmp_path, more(town, 2), ahead=more(town, 5)) as former:
        witness = (former / "register" / town.name.folder / "checkpoint").read_text()
        (outcome,) = resumed(town, mirror=FolderMirror(former / "register"))
        assert outcome.numbers is not None
        assert (outcome.code, outcome.numbers.leaves) == ("taken-back", 2)
        more(town, 1)()
        assert verified(town, since=(witness,)).faults == []


def test_a_log_that_was_numbered_and_has_no_file_in_the_backup_ends_there_and_never_forks(
    town: Town, backup: Backup, tmp_path: Path
) -> None:
    """The former server published it a second later, and more after that."""
    with restored(town, backup, tmp_path, more(town, 4), ahead=more(town, 3)) as former:
        witness = (former / "register" / town.name.folder / "checkpoint").read_text()
        waiting = town.act(50)
        (tmp_path / "nothing").mkdir()
        with pytest.raises(MirrorRefused, match="--close"):
            resumed(town, mirror=FolderMirror(tmp_path / "nothing"))
        (outcome,) = resumed(town, close=True)
        assert outcome.code == "continued"
        town.sequence()
        end = open_end(str(town.archive.end()), town.vkeys())
        assert (end.last.size, end.agreed) == (3, 3)
        assert Leaf.objects.get(entry=waiting).generation == 2
        assert verified(town, 1, 2).faults == []
        assert verified(town, 1, 2, since=(witness,)).faults != []
        their = Archive(former / "register" / town.name.folder)
        assert list(their.entries(0, 3, 7)) == list(town.archive.entries(0, 3, 3)), "what was signed twice is the same"
