"""Root who types a command acts as the account that the home belongs to, so that the service can read what is made."""

import os
import pwd
from pathlib import Path

from beffroi.cli.errors import CommandError


def act_for(home: Path) -> None:
    """Become the owner of the home, when we are root and it is somebody else's. Raises CommandError."""
    if os.geteuid() != 0 or not home.exists():
        return
    owner = home.stat().st_uid
    if owner == 0:
        return
    try:
        account = pwd.getpwuid(owner)
    except KeyError:
        raise CommandError(f"{home} belongs to account {owner}, which this machine doesn't know") from None
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(owner)
    os.environ.update(HOME=account.pw_dir, USER=account.pw_name, LOGNAME=account.pw_name)
