"""What a log is called: its folder, its address, its origin. Its first generation has the plain name, the n-th ends in ".n"."""

import re
from typing import NamedTuple

from .errors import RegisterFormatError

_HOST = re.compile(r"[A-Za-z0-9.:\[\]_/-]{1,200}")
_FOLDER = re.compile(
    r"(?P<log>installation|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:\.(?P<generation>[2-9]|[1-9]\d{1,5}))?",
    re.ASCII,
)


class LogName(NamedTuple):
    """A log (an authority's id, or "installation") and its generation, counted from 1."""

    log: str
    generation: int = 1

    @property
    def folder(self) -> str:
        return self.log if self.generation == 1 else f"{self.log}.{self.generation}"

    def origin(self, host: str) -> str:
        return f"{host}/register/{self.folder}"

    @property
    def next(self) -> "LogName":
        return LogName(self.log, self.generation + 1)

    @classmethod
    def parse(cls, folder: str) -> "LogName":
        """The log of a folder or an address; raises RegisterFormatError for anything else."""
        match = _FOLDER.fullmatch(folder)
        if not match:
            raise RegisterFormatError("not the name of a log")
        return cls(match["log"], int(match["generation"] or 1))

    @classmethod
    def of_origin(cls, origin: str) -> "LogName":
        """The log of an origin; raises RegisterFormatError."""
        host, _, folder = origin.rpartition("/register/")
        if not _HOST.fullmatch(host):
            raise RegisterFormatError("not the origin of a register")
        return cls.parse(folder)
