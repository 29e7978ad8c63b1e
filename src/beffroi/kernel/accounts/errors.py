"""What can go wrong with people.

AccountError
├── AddressTaken
└── WeakPassword
"""

from django.utils.translation import gettext_lazy as _


class AccountError(Exception):
    """A fault of the person who asks; `code` is stable, `message` is for them."""

    code = "account-error"
    message = _("This can't be done.")


class AddressTaken(AccountError):
    """Somebody already logs in with this address."""

    code = "address-taken"
    message = _("This address already has an account.")


class WeakPassword(AccountError):
    """The validators refused it; `reasons` says why, in words."""

    code = "weak-password"
    message = _("This password is too weak.")

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
