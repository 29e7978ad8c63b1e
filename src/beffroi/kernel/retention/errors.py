"""What can go wrong when somebody sets a duration or handles a slip.

RetentionError
├── RuleUnknown          no rule of that name for this authority
├── DurationRefused      outside what the law and the rule admit
├── ThingUnknown         no thing of that rule has this identifier
└── SlipRefused          the slip is not in a state for this, or the dates don't hold together
"""

from django.utils.translation import gettext_lazy as _


class RetentionError(Exception):
    """A fault of the person who asks; `code` is stable, `message` is for them."""

    code = "retention-error"
    message = _("This can't be done.")


class RuleUnknown(RetentionError):
    code = "rule-unknown"
    message = _("There is no such rule of retention.")


class DurationRefused(RetentionError):
    code = "duration-refused"
    message = _("This duration is outside what the rule admits.")


class ThingUnknown(RetentionError):
    code = "thing-unknown"
    message = _("No thing of this rule has this identifier.")


class SlipRefused(RetentionError):
    code = "slip-refused"
    message = _("The slip has moved on since you read it.")
