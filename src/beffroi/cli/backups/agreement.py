"""Whether a restored database is the one that was backed up: every entry of the register hashed again, every table counted."""

from collections.abc import Iterator

from beffroi.cli.backups.progress import Progress
from beffroi.cli.backups.snapshot import rows
from beffroi.kernel.register.errors import LogForked
from beffroi.kernel.register.queries.standing import heads, leaves
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


def extensions(manifest: Manifest, progress: Progress) -> Iterator[str]:
    """What does not go on from the manifest in a database of a later moment, a line each: every entry of every log is hashed."""
    known = {(log.log, log.generation): log for log in manifest.logs}
    now = heads()
    progress.step("register, entry by entry", sum(head.size for head in now), in_bytes=False)
    for head in now:
        name = head.name
        was = known.pop((name.log, name.generation), None)
        tree = Frontier()
        size = was.size if was else 0
        if not _grown(tree, name, size, progress) or (was is not None and tree.root().hex() != was.root):
            yield f"{head.origin}: the entries in the database do not begin with the {size} leaves that were backed up"
        elif not _grown(tree, name, head.size, progress) or tree.root() != head.tree().root():
            yield f"{head.origin}: the entries in the database do not give the root of {head.size} leaves that it has"
    for lost in known.values():
        yield f"{lost.origin}: the database does not have it"
    progress.close()


def _grown(tree: Frontier, name: LogName, size: int, progress: Progress) -> bool:
    """Add leaves up to this size; False when they are not whole, or not what their entries hash to."""
    try:
        for start in range(tree.size, size, _STEP):
            some = leaves(name, start, min(start + _STEP, size))
            if any(leaf_hash(body) != digest for _, digest, body in some):
                return False
            tree.extend(digest for _, digest, _ in some)
            progress.told(len(some))
    except LogForked:
        return False
    return tree.size == size


def _root(log: LogState, progress: Progress) -> str:
    """Of the leaves that the database has, "" when they are not whole."""
    tree = Frontier()
    return tree.root().hex() if _grown(tree, LogName(log.log, log.generation), log.size, progress) else ""
