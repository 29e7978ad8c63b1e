"""A convention as machines read it: docs/spec/convention.md says what each member means, its schema stands beside."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.utils.timezone import get_default_timezone

from beffroi.kernel.grants.models import Convention, ConventionPurpose
from beffroi.kernel.grants.queries.conventions import bound_by, system_of
from beffroi.kernel.grants.queries.renewal import renewal_due
from beffroi.kernel.grants.queries.sheet import Covered, annex, designated
from beffroi.kernel.territory.models import Organisation
from beffroi.lib.years import latest_end

FORMAT: Final = "beffroi-convention"
VERSION: Final = 1


def document(convention: Convention, *, address: str, as_of: datetime) -> dict[str, object]:
    """All that a convention that the viewer's own query let through says; of the people who may ask, how many."""
    system = system_of(convention.system)
    return {
        "format": FORMAT,
        "version": VERSION,
        "as_of": _moment(as_of),
        "id": str(convention.pk),
        "address": address,
        "system": convention.system,
        "title": convention.title,
        "authority": {"id": str(convention.authority_id), "name": convention.authority.name},
        "partner": _organisation(convention.partner),
        "parties": [
            {
                **_organisation(row.organisation),
                "capacity": row.capacity,
                "signed_on": row.signed_on.isoformat() if row.signed_on else None,
            }
            for row in bound_by(convention)
        ],
        "valid_from": _moment(convention.valid_from),
        "valid_until": _moment(convention.valid_until),
        "ended_at": _moment(convention.ended_at),
        "longest_seconds": _seconds(_longest(convention)),
        "renewal_due": _moment(renewal_due(convention)),
        "approval": convention.approval,
        "still_every_seconds": _seconds(convention.still_every),
        "purposes": _purposes(convention.purposes.order_by("id")),
        "covers": [_covered(each) for each in annex(convention)],
        "gates": {
            "transports": sorted(convention.transports),
            "list_age_seconds": _seconds(convention.list_age),
            "list_old": convention.list_old,
            "time_unknown": convention.time_unknown,
        },
        "staff": {"designated": designated(convention, as_of)} if system and system.by_request else None,
    }


def _longest(convention: Convention) -> timedelta | None:
    """What the law lets it last from its own first moment: a year is not always as long."""
    if convention.years is None:
        return convention.longest
    return latest_end(convention.valid_from, convention.years, get_default_timezone()) - convention.valid_from


def _organisation(organisation: Organisation) -> dict[str, object]:
    return {"id": str(organisation.pk), "name": organisation.name, "kind": organisation.kind}


def _purposes(rows: Iterable[ConventionPurpose]) -> list[dict[str, object]]:
    """One for each code, with the kinds of right that it is for."""
    found: dict[str, tuple[ConventionPurpose, list[str]]] = {}
    for row in rows:
        found.setdefault(row.purpose, (row, []))[1].append(row.kind)
    return [
        {
            "code": row.purpose,
            "label": row.label,
            "kinds": sorted(kinds),
            "basis": {
                "text": row.legal_text,
                "article": row.legal_article,
                "version_on": row.legal_version_on.isoformat(),
            },
            "least_seconds": _seconds(row.least),
            "most_seconds": _seconds(row.most),
            "place_kinds": sorted(row.place_kinds),
        }
        for row, kinds in found.values()
    ]


def _covered(each: Covered) -> dict[str, object]:
    return {
        "id": str(each.resource),
        "place_kind": each.place_kind,
        "group": each.group,
        "called": each.called,
        "place": each.place,
    }


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
