"""Why a backup isn't made or isn't read.

ArchiveError
├── BadRecipient      what was given is no age recipient
├── BadIdentity       what was given opens nothing: no root, no age identity
├── NotForUs          none of the keys given opens this file
├── SealBroken        an age file that is cut short or altered
├── BadTar            a tar that holds what is never put into one here
├── FileChanged       a file changed while it was read
├── FolderBusy        somebody else writes in this folder of backups
└── FolderUnusable    the folder of backups can't be read or written: full, away, another installation's
"""


class ArchiveError(Exception):
    """A backup isn't made, or isn't read; the message is for whoever keeps the installation."""


class BadRecipient(ArchiveError):
    """Not an age recipient."""


class BadIdentity(ArchiveError):
    """Not what opens age files."""


class NotForUs(ArchiveError):
    """None of the keys given opens this file."""


class SealBroken(ArchiveError):
    """An age file that is cut short or altered."""


class BadTar(ArchiveError):
    """A tar with something else than files under relative names, or cut short."""


class FileChanged(ArchiveError):
    """A file became shorter while it was read."""


class FolderBusy(ArchiveError):
    """Another process writes in this folder of backups."""


class FolderUnusable(ArchiveError):
    """The folder of backups can't be read or written."""
