"""What a webhook is told: the same facts as people, for a program; never a person's name."""

from typing import Final
from uuid import UUID

from beffroi.kernel.alerts.models import Alert, Notice
from beffroi.kernel.alerts.queries.words import Message

# A flood is one message: the first of its alerts, and how many they are. Each can be asked for by its page.
MOST: Final = 100


def hook_content(notice: Notice, message: Message, *, address: str) -> dict[str, object]:
    """The body of a webhook (type, timestamp and data, as the scheme has it). `address` is the installation's own, for links."""
    rows = Alert.objects.filter(authority_id=notice.authority_id, notice=notice).order_by("raised_at", "id")[:MOST]
    return {
        "type": "alert.ended" if message.ended else "alert.notice",
        "timestamp": notice.opened_at.isoformat(),
        "data": {
            "notice": str(notice.pk),
            "version": message.version,
            "authority": notice.authority.slug,
            "kind": notice.kind,
            "urgency": message.urgency.value,
            "title": message.title,
            "body": message.body,
            "url": f"{address}{message.path}",
            "count": message.count,
            "live": message.live,
            "taken": message.taken,
            "alerts": [_alert(row) for row in rows],
        },
    }


def _alert(row: Alert) -> dict[str, object]:
    return {
        "id": str(row.pk),
        "subject": str(row.subject),
        "resource": _text(row.resource),
        "where": row.label,
        "latitude": row.latitude,
        "longitude": row.longitude,
        "since": row.since.isoformat(),
        "organisation": _text(row.organisation_id),
        "taken_at": row.taken_at.isoformat() if row.taken_at else None,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "reason": row.reason,
        "facts": row.facts,
    }


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)
