"""Starting, watching and stopping one child program."""

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

TETHER = Path(__file__).with_name("tether.py")
# What a program of ours may see of our environment: nothing of our settings, which hold secrets.
HARMLESS = ("PATH", "TZ", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the operating system that a child runs under."""

    name: str
    uid: int
    gid: int

    @classmethod
    def named(cls, name: str) -> "Account":
        """Raises KeyError when the system has no such account."""
        entry = pwd.getpwnam(name)
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    @classmethod
    def owning(cls, path: Path) -> "Account":
        """The account that owns this file or folder; raises KeyError when the system doesn't know it."""
        entry = pwd.getpwuid(path.stat().st_uid)
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    def reaches(self, folder: Path) -> bool:
        """Whether this account may pass through the folder and all those above it: asked of the kernel, not guessed."""
        test = subprocess.run(  # noqa: S603 - fixed program
            ["/usr/bin/test", "-x", str(folder)], user=self.uid, group=self.gid, extra_groups=[], cwd="/", check=False
        )
        return test.returncode == 0


def unprivileged(preferred: Sequence[str]) -> Account | None:
    """The account to drop a child to: None when we aren't root, else the first of these that exists, else `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in (*preferred, "nobody"):
        try:
            account = Account.named(name)
        except KeyError:
            continue
        if account.uid != 0:
            return account
    raise OSError("this system has no unprivileged account (not even nobody) to run our servers under")


def harmless_environment() -> dict[str, str]:
    """The part of our environment that a foreign program is given."""
    return {name: os.environ[name] for name in HARMLESS if name in os.environ} | {
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
    }


def spawn(
    command: Sequence[str],
    *,
    account: Account | None = None,
    at_our_death: signal.Signals = signal.SIGKILL,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | int | None = None,
    folder: Path = Path("/"),
    kept: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Starts a program that the kernel stops when we die, in a session of its own (Ctrl-C is ours to pass on).

    `environment` replaces ours (default: the harmless part of it); `output` takes both its streams; `folder` is
    its working folder; `kept` are descriptors that it has too, under the same numbers. Call it from the main thread.
    """
    who = account or Account("", -1, -1)
    tethered = [
        sys.executable,
        "-I",
        "-S",
        str(TETHER),
        str(int(at_our_death)),
        str(os.getpid()),
        str(who.uid),
        str(who.gid),
    ]
    return subprocess.Popen(  # noqa: S603 - a list, no shell
        [*tethered, *command],
        cwd=folder,
        env=dict(harmless_environment() if environment is None else environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        pass_fds=kept,
    )


def stop(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> int:
    """Sends each signal in turn, waits that many seconds, and kills what still lives; gives the exit code."""
    for number, patience in steps:
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    return process.wait()
