"""Whether what the register's tables hold, what it says was erased and what lies on the disk agree: for the weekly look."""

from dataclasses import dataclass

from django.db import connection

from beffroi.kernel.register.models import Payload
from beffroi.kernel.register.queries.payloads import entries_by_hash
from beffroi.kernel.register.queries.published import Shelf, journal
from beffroi.kernel.register.queries.standing import heads
from beffroi.kernel.register.registry import ERASED, LOST

# Entries that have no values, and those that have, against the hashes that some entry says were erased or lost. Values of
# entries of the register's own kinds are never erased: one of those that is missing is never explained.
_COMPARE = r"""
WITH said AS (
    SELECT decode(jsonb_array_elements_text(p.fields -> f.name -> 'value'), 'hex') AS digest, f.kind = %(erased)s AS erased
    FROM register_entry e JOIN register_payload p ON p.entry = e.id
    JOIN (VALUES (%(erased)s, 'erased'), (%(lost)s, 'lost')) AS f (kind, name) ON f.kind = e.kind
    WHERE e.log = %(log)s
), explained AS (
    SELECT digest, bool_or(erased) AS erased FROM said GROUP BY digest
), leaf AS (
    SELECT sha256('\x00'::bytea || e.body) AS digest, p.entry IS NOT NULL AS has
    FROM register_entry e LEFT JOIN register_payload p ON p.entry = e.id WHERE e.log = %(log)s
)
SELECT count(*) FILTER (WHERE NOT has AND explained.digest IS NULL), count(*) FILTER (WHERE has AND explained.erased)
FROM leaf LEFT JOIN explained USING (digest)
"""


@dataclass(frozen=True, slots=True)
class Missing:
    """How many entries lost their values with nothing that says so, and how many have values that were said to be erased."""

    unexplained: int
    returned: int


def compare_values(log: str, place: Shelf) -> Missing:
    """Read over a whole log; the erasure journal beside the tiles counts too, since an older database may have been restored."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, {"log": log, "erased": ERASED, "lost": LOST})
        unexplained, returned = cursor.fetchone()
    journalled = [
        bytes.fromhex(str(digest))
        for line in journal(place, log)
        if "erased" in line.openings and isinstance(digests := line.openings["erased"].value, list)
        for digest in digests
    ]
    back = Payload.objects.filter(entry__in=entries_by_hash(log, journalled).values()).count() if journalled else 0
    return Missing(unexplained, max(returned, back))


def strays(place: Shelf) -> list[str]:
    """Published logs that the database knows nothing of, and logs of the database whose published files are gone."""
    published = {name.folder for name in place.names()}
    known = {head.name.folder: head.size for head in heads()}
    lost = {folder for folder, size in known.items() if size and folder not in published} if published else set()
    return sorted((published - set(known)) | lost)
