"""What can go wrong at the counter.

CounterError
└── CannotServe    the account is closed, or is one's own
"""

from django.utils.translation import gettext_lazy as _


class CounterError(Exception):
    """A fault of the person who asks; `code` is stable, `message` is for them."""

    code = "counter-error"
    message = _("This can't be done.")


class CannotServe(CounterError):
    """Nobody acts for a closed account, nor for themselves."""

    code = "cannot-serve"
    message = _("This account is closed, or is your own: nobody acts for it at the counter.")
