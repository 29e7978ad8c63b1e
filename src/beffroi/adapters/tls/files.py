"""Where a certificate and its key are. Light: settings name them in commands that never open them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Under BEFFROI_HOME/keys: what our own authority (`local`) made.
FOLDER: Final = Path("installation", "https")
SERVER: Final = "server.pem"

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Files:
    """Where a certificate, with those that certify it behind it, and its key are."""

    certificate: Path
    key: Path

    def stamp(self) -> Stamp:
        """Another value when either file is another one or was written anew; names that lead elsewhere are followed."""
        found = []
        for path in (self.certificate, self.key):
            try:
                known = path.stat()
                found.append((known.st_ino, known.st_mtime_ns, known.st_size))
            except OSError:
                found.append((0, 0, 0))
        return tuple(found)


def made_here(keys: Path) -> Files:
    """The server's own, which the local authority of these keys made: key and certificate in one file, replaced in one step."""
    return Files(keys / FOLDER / SERVER, keys / FOLDER / SERVER)
