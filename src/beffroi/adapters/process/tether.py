"""Ties a program to the life of the process that starts it, then becomes that program.

Run as a script (`python -I -S tether.py SIGNAL PARENT UID GID PROGRAM ARGUMENT…`), in a fresh interpreter rather than
between fork and exec of a threaded one. The kernel forgets the death signal when credentials change, so the account is
dropped first; it sends the signal when the *thread* that started us ends, so the starter must be a thread that lives
as long as its process (the main one). Outside Linux there is no such signal: the program then outlives a killed
starter, and its launcher repairs that at the next start.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
UNCHANGED = -1


def tether(signal_number: int, parent: int) -> None:
    """Asks the kernel for this signal at the starter's death; exits if it is dead already."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died between fork and prctl
        sys.exit(1)


def drop(uid: int, gid: int) -> None:
    """Becomes this account for good, with no supplementary group."""
    if uid == UNCHANGED:
        return
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def main(arguments: list[str]) -> None:
    """SIGNAL PARENT UID GID PROGRAM ARGUMENT…; UID -1 keeps the account."""
    signal_number, parent, uid, gid = (int(text) for text in arguments[:4])
    drop(uid, gid)
    tether(signal_number, parent)
    os.execv(arguments[4], arguments[4:])  # noqa: S606 - the program is chosen by the launcher that calls us


if __name__ == "__main__":
    main(sys.argv[1:])
