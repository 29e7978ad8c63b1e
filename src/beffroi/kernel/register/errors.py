"""Errors of the register.

RegisterError
├── RecordError               a programmer's mistake when an act is put on the record
│   ├── OutsideTransaction    record() was called with no transaction to join
│   ├── UnknownKind           the kind was never registered
│   └── BadField              a field is missing, unknown, or does not fit its type
├── KeyUnusable               a checkpoint key is missing, unreadable, or readable by others
├── ErasureRefused            this payload may not be erased (an erasure's own, or already gone)
├── SequencerBusy             a sequencer is at work on this database
└── SequencerStopped          the log may not be continued as it stands
    ├── DatabaseBehind        the database lost leaves that were published
    ├── LogForked             the database and the published log disagree
    ├── LogClosed             the published log has its signed end
    ├── PublishedLogBroken    the published files contradict their own checkpoint
    ├── RegisterHeld          a backup was restored, and nobody has said from where the register goes on
    └── MirrorRefused         tiles from elsewhere are not a continuation of what is here
"""


class RegisterError(Exception):
    """Root of the register's errors; `code` is stable, the message is for people."""

    code = "register-error"


class RecordError(RegisterError):
    code = "register-record"


class OutsideTransaction(RecordError):
    code = "register-outside-transaction"


class UnknownKind(RecordError):
    code = "register-unknown-kind"


class BadField(RecordError):
    code = "register-bad-field"


class KeyUnusable(RegisterError):
    code = "register-key"


class ErasureRefused(RegisterError):
    code = "register-erasure-refused"


class SequencerBusy(RegisterError):
    code = "register-busy"


class SequencerStopped(RegisterError):
    code = "register-stopped"


class DatabaseBehind(SequencerStopped):
    code = "register-database-behind"


class LogForked(SequencerStopped):
    code = "register-forked"


class LogClosed(SequencerStopped):
    code = "register-closed"


class PublishedLogBroken(SequencerStopped):
    code = "register-published-broken"


class RegisterHeld(SequencerStopped):
    code = "register-held"


class MirrorRefused(SequencerStopped):
    code = "register-mirror"
