"""A neighbouring town that keeps a copy of what a register publishes: plain files over HTTPS, as the format of tiles has them."""

import base64
import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.morning.visitor import HERE, Visitor

WIDTH: Final = 256  # entries a bundle


@dataclass(frozen=True)
class Neighbour:
    """`keys` is what the officer gave: a verifier key a log, whose origin says where it is published."""

    folder: Path
    keys: tuple[str, ...]

    def copies(self, visitor: Visitor) -> dict[str, int]:
        """Entries of each log, checkpoint first: bundles never lack what it covers."""
        sizes = {}
        for key in self.keys:
            log = key.partition("+")[0].rpartition("/")[2]
            checkpoint = self._fetches(visitor, f"{log}/checkpoint")
            sizes[log] = int(checkpoint.split(b"\n")[1])
            for start in range(0, sizes[log], WIDTH):
                width = min(WIDTH, sizes[log] - start)
                name = f"{start // WIDTH:03}" + ("" if width == WIDTH else f".p/{width}")
                self._fetches(visitor, f"{log}/tile/entries/{name}")
        return sizes

    def root(self, log: str) -> str:
        """As its copy of the checkpoint says it, in hexadecimal."""
        return base64.b64decode((self.folder / log / "checkpoint").read_text().split("\n")[2]).hex()

    @contextlib.contextmanager
    def publishes(self) -> Iterator[str]:
        """On a web server of its own; the address of its copy."""
        handler = functools.partial(_Quiet, directory=str(self.folder))
        server = http.server.ThreadingHTTPServer((HERE, 0), handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{HERE}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _fetches(self, visitor: Visitor, name: str) -> bytes:
        status, _where, data = visitor.raw("GET", f"/register/{name}")
        assert status == 200, f"{name}: {status}"
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        return data


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its own is called
        """Nobody reads it."""
