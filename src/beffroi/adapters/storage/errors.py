"""Why a file isn't kept or isn't had back.

StorageError
├── BadName        no name that is kept: a mistake of the program's, nothing was touched
├── NotStored      nothing is kept under this name
├── StoreFailed    the disk refused: full, not ours, away
└── SealError
    ├── NotSealed  these bytes are not of our making, or of a version that we don't know
    ├── NoSealKey  sealed with a key that isn't among those given
    └── SealBroken changed since it was sealed, or sealed under another name
"""


class StorageError(Exception):
    """A file is not kept, or not had back; the message is for whoever keeps the installation."""


class BadName(StorageError):
    """Names are `authority/thing` or `authority/thing/part`, in small letters, digits, `-`, `_` and `.`."""


class NotStored(StorageError):
    """Nothing is kept under this name."""


class StoreFailed(StorageError):
    """The disk refused; the message says what and where."""


class SealError(StorageError):
    """A sealed file doesn't open."""


class NotSealed(SealError):
    """No sealed file of ours."""


class NoSealKey(SealError):
    """The key that it was sealed with isn't here: put the copy of BEFFROI_HOME/keys back."""


class SealBroken(SealError):
    """Changed, cut short, or put under another name since it was sealed."""
