"""What a command says instead of a traceback.

CommandError
├── PortInUseError        the web server's port is taken
├── WebDownError          no web process can be kept up
└── AlreadyRunningError   this BEFFROI_HOME is run by another `beffroi up`
"""


class CommandError(Exception):
    """Something the person at the keyboard can mend; the message says how."""

    code = "command"


class PortInUseError(CommandError):
    """Somebody else listens where we should."""

    code = "port-in-use"


class WebDownError(CommandError):
    """Each of the web processes ended again and again."""

    code = "web-down"


class AlreadyRunningError(CommandError):
    """One supervisor a home."""

    code = "already-running"
