"""The register's use cases: put an act on the record, erase what it said, number entries, take a log up again."""

from .entries import record
from .erasure import erase
from .recovery import continue_log, take_back
from .sequencing import sequence

__all__ = ["continue_log", "erase", "record", "sequence", "take_back"]
