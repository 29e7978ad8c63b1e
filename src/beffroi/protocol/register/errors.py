"""Errors of the register's formats.

RegisterFormatError
├── BadEntry        these bytes are no entry, or an opening does not fit it
├── BadNote         no signed note, or its signature does not hold
├── BadCheckpoint   a note that is no checkpoint
├── BadProof        an inclusion or consistency proof does not hold
├── BadTile         a tile or entry bundle has the wrong shape
├── BadReceipt      a receipt that proves nothing
└── BadExport       an export file that cannot be read
"""


class RegisterFormatError(Exception):
    """Root: the bytes are not what they should be; `code` is stable, the message is for people."""

    code = "register-format"


class BadEntry(RegisterFormatError):
    code = "bad-entry"


class BadNote(RegisterFormatError):
    code = "bad-note"


class BadCheckpoint(RegisterFormatError):
    code = "bad-checkpoint"


class BadProof(RegisterFormatError):
    code = "bad-proof"


class BadTile(RegisterFormatError):
    code = "bad-tile"


class BadReceipt(RegisterFormatError):
    code = "bad-receipt"


class BadExport(RegisterFormatError):
    code = "bad-export"
