"""Whose processes are left in a folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from beffroi.adapters.process import orphans

STAYS = "import sys; print('there', flush=True); sys.stdin.read()"


def test_who_works_in_a_folder_is_seen_and_ended_even_when_it_was_moved(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", STAYS], cwd=before, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as left:
        assert left.stdout is not None
        assert left.stdout.readline() == b"there\n"
        assert orphans.running_in(before) == [left.pid]
        before.rename(after)
        assert orphans.running_in(before) == []
        assert orphans.running_in(after) == [left.pid]
        assert orphans.end(after, [(signal.SIGTERM, 60.0)]) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a folder of its own: needs root")
def test_the_same_path_in_another_mount_namespace_is_another_s(tmp_path: Path) -> None:
    script = 'mount --make-rprivate / && mount -t tmpfs tmpfs "$0" && cd "$0" && echo there && exec cat'
    with subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", script, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"there\n"
        assert str(Path(f"/proc/{other.pid}/cwd").readlink()) == str(tmp_path), "it says the same path"
        assert orphans.running_in(tmp_path) == []
        other.terminate()
