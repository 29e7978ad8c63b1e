"""Root who types a command acts as the account that the home belongs to, so that the service can read what is made."""

import os
import pwd
from pathlib import Path

from beffroi.cli.errors import CommandError


def act_for(home: Path) -> str:
    """Become the owner of the home, when we are root and it is somebody else's; whom we became, else nothing. Raises CommandError."""
    if os.geteuid() != 0 or not home.exists():
        return ""
    owner = home.stat().st_uid
    if owner == 0:
        return ""
    try:
        account = pwd.getpwuid(owner)
    except KeyError:
        raise CommandError(f"{home} belongs to account {owner}, which this machine doesn't know") from None
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(owner)
    os.environ.update(HOME=account.pw_dir, USER=account.pw_name, LOGNAME=account.pw_name)
    return account.pw_name


def what_root_does(account: str, error: BaseException) -> str:
    """What to do where the account that root's command is done as may not what root may: lines to add to what went wrong, or none."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, PermissionError):
        cause = cause.__cause__
    if not account or cause is None:
        return ""
    return (
        f"\nWhat root types is done as the account {account}, which may not. Give it a copy of the file, and take that away afterwards: "
        f"install -o {account} -m 600 FILE /somewhere/; or a folder of its own to write in: install -d -o {account} -m 700 FOLDER"
    )
