"""What can go wrong with deadlines: a programmer's mistakes.

DeadlineError
└── UnknownDeadlineKind   unknown-deadline-kind   no app registered it
"""


class DeadlineError(Exception):
    """The root; `code` is stable."""

    code = "deadline-error"


class UnknownDeadlineKind(DeadlineError):
    """A deadline was set of a kind that no app registered."""

    code = "unknown-deadline-kind"
