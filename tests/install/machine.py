"""A machine of its own to install on, as root: this one, with folders over it that go when it ends. Nothing is booted, nothing is left.

The folders an installation writes in (/etc, /opt, /srv, /usr/local, /var/lib, /run) are layers in a mount namespace: what stands
there is seen, what is written is in memory.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests import database, memory, seed
from tests.commands import well

WRITTEN: Final = ("/etc", "/opt", "/srv", "/usr/local", "/var/lib")
PATIENCE: Final = 600
LAYERS: Final = """
set -e
mount --make-rprivate /
for folder in {folders}; do
  mkdir -p {upper}$folder {work}$folder
  mount -t overlay overlay -o lowerdir=$folder,upperdir={upper}$folder,workdir={work}$folder $folder
done
mount -t tmpfs tmpfs /run
echo there
exec cat
"""


@dataclass(frozen=True)
class Machine:
    """Its namespace is a process's."""

    process: int

    def command(self, *words: str | Path) -> list[str]:
        """What runs these words there."""
        return ["nsenter", f"--mount=/proc/{self.process}/ns/mnt", "--wd=/", *map(str, words)]

    def types(self, *words: str | Path, given: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
        """Root types a command there; whatever it answers."""
        return subprocess.run(
            self.command(*words),
            env={"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **more},
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def done(self, *words: str | Path, given: str = "", **more: str) -> str:
        """A command that must do well; what it said."""
        return well(self.types(*words, given=given, **more))


def sow(there: Machine) -> None:
    """Tables in the service's home: `init` has still to make the authority, its people and its keys. That it makes the tables too is
    for tests/cli/test_up.py to see: half a minute of processor."""
    home = memory.folder("beffroi-sown-")
    seed.sow(home, database.migrate)
    there.done("cp", "-a", home / "postgres", "/srv/beffroi/postgres")
    there.done("chown", "-R", "beffroi:", "/srv/beffroi")
    shutil.rmtree(home)


@contextmanager
def machine() -> Iterator[Machine | None]:
    """None where namespaces can't be entered: that needs root."""
    folder = memory.folder("beffroi-machine-")
    script = LAYERS.format(folders=" ".join(WRITTEN), upper=folder / "upper", work=folder / "work")
    keeper = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with keeper:
        assert keeper.stdout is not None
        there = os.geteuid() == 0 and keeper.stdout.readline() == b"there\n"
        try:
            yield Machine(keeper.pid) if there else None
        finally:
            keeper.terminate()
            keeper.wait(PATIENCE)
    shutil.rmtree(folder)
