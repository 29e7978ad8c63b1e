"""What can go wrong when somebody asks for a right. Refusals are values (`rules.Refusal`); these are mistakes of the form.

GrantError
├── UnknownConvention
├── ConventionInvalid
├── DesignationInvalid
├── KeySetRefused
└── RootInvalid
"""

from django.utils.translation import gettext_lazy as _


class GrantError(Exception):
    """A fault of the person who asks; `code` is stable, `message` is for them."""

    code = "grant-error"
    message = _("This can't be done.")


class UnknownConvention(GrantError):
    """No such convention for this viewer."""

    code = "unknown-convention"
    message = _("This convention does not exist.")


class ConventionInvalid(GrantError):
    """Its dates, bounds or parties don't hold together; the text says how."""

    code = "convention-invalid"
    message = _("This convention does not hold together.")


class DesignationInvalid(GrantError):
    """Who is named can't be; the text says why."""

    code = "designation-invalid"
    message = _("This person can’t be designated here: they need a role there, and an approval that has not ended.")


class KeySetRefused(GrantError):
    """The protocol refuses the key set; the text carries its reason code."""

    code = "keyset-refused"
    message = _("This key set is refused.")


class RootInvalid(GrantError):
    """The file is not one of the authority's two roots."""

    code = "root-invalid"
    message = _("This is not one of the authority's two roots.")
