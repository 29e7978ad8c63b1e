"""Rules of what an authority publishes: pure functions of plain values."""

from enum import StrEnum
from typing import Final

WHOLE: Final = 100
HALF: Final = 50


class Conformity(StrEnum):
    """The words of the RGAA's model statement, by the share of criteria that an audit found met."""

    WHOLE = "whole"
    PARTIAL = "partial"
    NONE = "none"


def conformity(rate: int | None) -> Conformity:
    """All of them: whole; half or more: partial; fewer, or no audit: none (decree 2019-768, and the RGAA's "obligations")."""
    if rate is None or rate < HALF:
        return Conformity.NONE
    return Conformity.WHOLE if rate == WHOLE else Conformity.PARTIAL
