"""How the keys are kept, as an installation looks at itself: what ends soon, what is left alive, what shouldn't be here, who may read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.keystore import is_open_to_others
from beffroi.kernel.grants.queries import authorities_with_keys, read_keyset
from beffroi.persistence.checkup import Check, Finding, State, register_check, said
from beffroi.protocol.v1.keyset import KeySet, weak_uses

CODE: Final = "keys"
FILES: Final = "key-files"
MORE: Final = "keys.md"
ENDING: Final = timedelta(days=60)
ROOTS: Final = "roots"
KEY_FILES: Final = "*.jwk"


def look_at_sets(now: datetime) -> list[Finding]:
    """Of each authority: whether two keys of each use are alive, and last."""
    found = []
    for authority in authorities_with_keys():
        keyset = read_keyset(authority)
        if keyset is None:
            seen = _("The key set in force doesn’t verify against the roots: nothing is signed.")
            todo = _("Restore the database from a backup.")
            found.append(Finding(f"{CODE}.unverified", State.BAD, seen, todo, MORE, authority=authority))
        else:
            found.append(_of_set(authority, keyset, now))
    return found


def _of_set(authority: UUID, keyset: KeySet, now: datetime) -> Finding:
    """A weak set comes first. A key that is about to end counts only where it leaves fewer than two."""
    soon = now + ENDING
    end = min((key.end for key in keyset.keys if key.end > int(now.timestamp())), default=0)
    values = {"left_seconds": max(0.0, end - now.timestamp())}
    if weak := weak_uses(keyset.keys, int(now.timestamp())):
        seen = said(_("Fewer than two keys are alive for: %(uses)s. The next one lost stops it."), uses=", ".join(weak))
        state, code = State.WARNING, f"{CODE}.weak"
    elif weak := weak_uses(keyset.keys, int(soon.timestamp())):
        day = datetime.fromtimestamp(end, UTC).date()
        seen = said(_("Keys end on %(day)s, for: %(uses)s."), day=day, uses=", ".join(weak))
        state, code = State.WARNING, f"{CODE}.ending"
    else:
        text = said(_("Two keys of each use are alive, and last (key set %(number)s)."), number=keyset.number)
        return Finding(CODE, State.WELL, text, more=MORE, values=values, authority=authority)
    todo = _("Fetch a root from its safe and sign the next key set: beffroi keys sign --root FILE.")
    return Finding(code, state, seen, todo, MORE, values, authority)


def look_at_files(_now: datetime) -> list[Finding]:
    """Whether roots are still on the server, and whether others may read what is private."""
    folder: Path = settings.BEFFROI_HOME / "keys"
    found = []
    try:
        files = list(_files(folder))
        open_to_others = [path for path in files if is_open_to_others(path)]
    except OSError:
        return []  # another account's: whoever may look into it says
    if left := [path for path in files if path.parent.name == ROOTS]:
        seen = said(_("Roots are still on this server: %(count)s."), count=len(left))
        todo = said(
            _(
                "Copy each to a medium of its own or print it (beffroi keys paper), check the copies, then delete the files of %(folder)s."
            ),
            folder=left[0].parent,
        )
        found.append(Finding(f"{FILES}.roots", State.WARNING, seen, todo, MORE))
    if open_to_others:
        seen = said(_("Others on this machine may read private keys: %(count)s."), count=len(open_to_others))
        todo = said(
            _(
                "chmod -R go= %(folder)s, then see who had access; what was read is answered by beffroi keys sign --drop."
            ),
            folder=folder,
        )
        found.append(Finding(f"{FILES}.open", State.BAD, seen, todo, MORE))
    return found or [Finding(FILES, State.WELL, _("Only we may read them, and no root is among them."), more=MORE)]


def _files(folder: Path) -> Iterator[Path]:
    yield from folder.glob(f"*/*/{KEY_FILES}")


def register() -> None:
    """Called once, when the application is ready."""
    register_check(Check(CODE, _("Key sets"), look_at_sets, good_for=60, needs_database=True))
    register_check(Check(FILES, _("Key files"), look_at_files, good_for=60))
