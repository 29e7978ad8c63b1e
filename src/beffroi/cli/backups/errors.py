"""What stops a backup or a restore, in words for whoever typed.

CommandError
└── BackupError
    ├── BackupBusy          another backup of this database, or into this folder, is being made
    ├── NothingToSealTo     no authority yet, so nobody to seal to
    ├── BackupRefused       a backup that is not whole, or not for this release
    └── PlaceRefused        a home or a database that is not empty
"""

from beffroi.cli.errors import CommandError


class BackupError(CommandError):
    """A backup isn't made or isn't restored."""

    code = "backup"


class BackupBusy(BackupError):
    """One at a time."""

    code = "backup-busy"


class NothingToSealTo(BackupError):
    """There is no root to seal to."""

    code = "backup-nobody"


class BackupRefused(BackupError):
    """What lies there may not be restored."""

    code = "backup-refused"


class PlaceRefused(BackupError):
    """Where it should go is not empty."""

    code = "backup-place"
