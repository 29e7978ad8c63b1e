"""Values and salts, where they are still kept."""

import json
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection

from beffroi.protocol.register.entry import Opening, openings_from_json


def openings_of(entries: Iterable[UUID]) -> dict[UUID, dict[str, Opening]]:
    """What opens these entries; one that was erased is not in the answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT entry, fields::text FROM register_payload WHERE entry = ANY(%s)", [list(entries)])
        return {entry: openings_from_json(json.loads(fields)) for entry, fields in cursor.fetchall()}


def entries_by_hash(log: str, hashes: Sequence[bytes]) -> dict[bytes, UUID]:
    """Entries of a log whose leaf would have these hashes, numbered or not; reads the whole log, for recovery only."""
    if not hashes:
        return {}
    query = r"""
    SELECT id, digest FROM (SELECT id, sha256('\x00'::bytea || body) AS digest FROM register_entry WHERE log = %s) AS hashed
    WHERE digest = ANY(%s)
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [log, list(hashes)])
        return {bytes(digest): entry for entry, digest in cursor.fetchall()}
