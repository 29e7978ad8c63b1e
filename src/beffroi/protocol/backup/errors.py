"""Why what a backup says of itself is refused.

BackupFormatError
├── BadManifest    the manifest can't be read, or isn't in its one spelling
├── BadCatalogue   the catalogue of objects can't be read
├── BadLog         a note about a piece of the database's log is not ours
└── NewerFormat    made by a later release than this one
"""


class BackupFormatError(Exception):
    """What a backup says of itself is not what this release writes; the message is for whoever restores."""


class BadManifest(BackupFormatError):
    """Not a manifest, or not in its one spelling."""


class BadCatalogue(BackupFormatError):
    """Not a catalogue, or one that names places where nothing may be put."""


class BadLog(BackupFormatError):
    """Not a note about a piece of the database's log, or about a base."""


class NewerFormat(BackupFormatError):
    """Made by a later release."""
