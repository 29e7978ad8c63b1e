"""Putting an act on the record."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection, transaction

from beffroi.kernel.register.actions.wake import wake_sequencer
from beffroi.kernel.register.errors import BadField, OutsideTransaction
from beffroi.kernel.register.registry import kind_named
from beffroi.kernel.register.rules import RESERVED, FieldType, GivenValue, Many, RegisterKind, canonical_value, minute
from beffroi.lib.clock import Clock, to_minute, utc_now
from beffroi.persistence.acts import current_stead, kernel_action
from beffroi.protocol.register.entry import INSTALLATION, SALT_BYTES, Opening, commitment, entry_bytes, openings_to_json

Randomness = Callable[[int], bytes]

# One statement, one round trip: the entry and its payload.
_INSERT = """
WITH entry AS (
    INSERT INTO register_entry (id, log, kind, at, body) VALUES (%(id)s, %(log)s, %(kind)s, %(at)s, %(body)s)
)
INSERT INTO register_payload (entry, log, fields, "grant", holder, mandate)
VALUES (%(id)s, %(log)s, %(fields)s, %(grant)s, %(holder)s, %(mandate)s)
"""


@dataclass(frozen=True, slots=True)
class Index:
    """What a payload is found again by."""

    grant: UUID | None
    holder: str | None
    mandate: UUID | None


def record(
    *,
    kind: str,
    authority: UUID | None,
    by: UUID | None,
    fields: Mapping[str, GivenValue],
    grant: UUID | None = None,
    holder: str | None = None,
    now: datetime | None = None,
    clock: Clock = utc_now,
    randomness: Randomness = secrets.token_bytes,
) -> UUID:
    """Put an act on the record, in the caller's transaction; returns the entry's id.

    `authority` is the one whose resource it is, None for what belongs to the installation. `by`, `grant` and `holder`
    (the key's RFC 7638 thumbprint) are committed to like the fields; grant and holder also index the payload. In somebody's stead
    (`persistence.acts.acting_for`) `by` is the agent who acts, whatever was given, and the entry says for whom and under which mandate.
    Raises OutsideTransaction, UnknownKind, BadField: a programmer's mistakes, which doom the act.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{kind} was recorded outside its act's transaction")
    stead = current_stead()
    mandate = None
    marks: dict[str, GivenValue | None] = {"by": by, "grant": grant, "holder": holder}
    if stead is not None:
        mandate, stead.recorded = stead.mandate, True
        marks |= {"by": stead.agent, "for": stead.person, "mandate": mandate}
    values = _openings(kind_named(kind), fields, marks=marks, randomness=randomness)
    moment = to_minute(now or clock())
    log = INSTALLATION if authority is None else str(authority)
    index = Index(grant=grant, holder=holder, mandate=mandate)
    return _insert(log=log, kind=kind, moment=moment, openings=values, index=index, identifier=uuid4())


def _openings(
    kind: RegisterKind,
    fields: Mapping[str, GivenValue],
    *,
    marks: Mapping[str, GivenValue | None],
    randomness: Randomness,
) -> dict[str, Opening]:
    kind.check_names(fields)
    given = {name: value for name, value in marks.items() if value is not None} | dict(fields)
    if not given:
        raise BadField(f"{kind.code}: an entry commits to at least one field")
    openings: dict[str, Opening] = {}
    for name, value in given.items():
        declared = RESERVED.get(name) or kind.fields[name]
        several = isinstance(declared, Many)
        scalar: FieldType = declared.type if isinstance(declared, Many) else declared
        try:
            canonical = canonical_value(scalar, value, many=several)
        except BadField as error:
            raise BadField(f"{kind.code}.{name}: {error}") from error
        openings[name] = Opening(value=canonical, salt=randomness(SALT_BYTES))
    return openings


@kernel_action
def _insert(
    *,
    log: str,
    kind: str,
    moment: datetime,
    openings: Mapping[str, Opening],
    index: Index,
    identifier: UUID,
) -> UUID:
    commitments = {name: commitment(opening.salt, opening.value) for name, opening in openings.items()}
    body = entry_bytes(kind=kind, log=log, at=minute(moment), fields=commitments)
    parameters: dict[str, str | bytes | UUID | datetime | None] = {
        "id": identifier,
        "log": log,
        "kind": kind,
        "at": moment,
        "body": body,
        "fields": json.dumps(openings_to_json(openings)),
        "grant": index.grant,
        "holder": index.holder,
        "mandate": index.mandate,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, parameters)
    transaction.on_commit(wake_sequencer, robust=True)  # a wake-up call that fails must not make a kept act look lost
    return identifier
