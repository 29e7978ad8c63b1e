"""Whether a restored database is the one that was backed up: every entry of the register hashed again, every table counted."""

from collections.abc import Iterator

from beffroi.cli.backups.progress import Progress
from beffroi.cli.backups.snapshot import rows
from beffroi.kernel.register.errors import LogForked
from beffroi.kernel.register.queries.standing import leaves
from beffroi.protocol.backup.manifest import LogState, Manifest
from beffroi.protocol.register.merkle import Frontier, leaf_hash
from beffroi.protocol.register.names import LogName

_STEP = 8192


def differences(manifest: Manifest, progress: Progress) -> Iterator[str]:
    """What is not as the manifest says, a line each; none when all is."""
    progress.step("register, entry by entry", sum(log.size for log in manifest.logs), in_bytes=False)
    for log in manifest.logs:
        if _root(log, progress) != log.root:
            yield f"{log.origin}: the entries in the database do not give the root of {log.size} leaves that was backed up"
    progress.step("rows of every table")
    found = rows()
    for table, count in manifest.tables.items():
        if found.get(table) != count:
            yield f"{table}: {count} rows were backed up, {found.get(table, 0)} are here"
    progress.close()


def _root(log: LogState, progress: Progress) -> str:
    """Of the leaves that the database has, "" when they are not whole."""
    tree = Frontier()
    name = LogName(log.log, log.generation)
    try:
        for start in range(0, log.size, _STEP):
            some = leaves(name, start, min(start + _STEP, log.size))
            if any(leaf_hash(body) != digest for _, digest, body in some):
                return ""
            tree.extend(digest for _, digest, _ in some)
            progress.told(len(some))
    except LogForked:
        return ""
    return tree.root().hex()
