"""The box of invitations' letters, for the process that carries them."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.territory.actions.letters import claim_letters, note_letter
from beffroi.kernel.territory.queries.letters import sealed
from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.letters import Sealed
from beffroi.persistence.work import each_claimed


def claim(now: datetime, most: int) -> list[Sealed]:
    """Letters that are due, in words. One that can't be put into words is noted so, and holds no other up."""
    rows = {row.pk: row for row in claim_letters(now=now, most=most)}
    found: list[Sealed] = []

    def failed(key: UUID, attempt: int, fault: str) -> None:
        again = Handover(Outcome.AGAIN, fault)
        note_letter(invitation=key, attempt=attempt, round_=rows[key].round, handover=again, now=now)

    due = [(key, row.attempts) for key, row in rows.items()]
    each_claimed("letter", due, lambda key, _attempt: found.append(sealed(rows[key])), failed)
    return found


def note(letter: Sealed, handover: Handover, now: datetime) -> None:
    """What became of one."""
    round_ = int(letter.identifier.rpartition(".")[2])
    note_letter(invitation=letter.key, attempt=letter.attempt, round_=round_, handover=handover, now=now)
