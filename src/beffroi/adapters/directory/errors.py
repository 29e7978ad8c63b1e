"""What can go wrong with a directory.

DirectoryError
├── Silent          it doesn't answer, or not in time
├── Untrusted       its certificate isn't one that we were told to trust
├── Unwelcome       it refuses our own account
├── Unclear         it answers what we can't use: cut short, no such place
└── LibraryMissing  python-ldap isn't installed
"""


class DirectoryError(Exception):
    """The directory can't be asked now; `code` is stable. Never holds a password, nor what somebody typed."""

    code = "directory-error"


class Silent(DirectoryError):
    """It can't be reached, or it stopped answering."""

    code = "silent"


class Untrusted(DirectoryError):
    """The other side can't prove that it is the directory, or speaks no TLS: nothing was sent to it."""

    code = "untrusted"


class Unwelcome(DirectoryError):
    """The account that we ask it with is refused."""

    code = "unwelcome"


class Unclear(DirectoryError):
    """An answer that was cut short, or a base that doesn't exist: what it would mean for people isn't known."""

    code = "unclear"


class LibraryMissing(DirectoryError):
    """LDAP is set up, and `beffroi[ldap]` isn't installed."""

    code = "library-missing"
