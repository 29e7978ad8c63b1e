"""allauth's forms with our words and the attributes that browsers and password managers need."""

from allauth.account import forms as account
from allauth.mfa.base import forms as factors
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as passkeys
from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

Label = str | Promise
LONGEST_NAME = 60


def _shape(field: forms.Field, *, label: Label, hint: Label = "", **attributes: str) -> None:
    """A label above, a hint under it, and no placeholder: it would vanish when one types."""
    field.label = label  # type: ignore[assignment]  # Django takes a lazy string, its types don't say so
    field.help_text = hint  # type: ignore[assignment]  # as above
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attributes)


class OneTimeCode(forms.CharField):
    """Six digits of an app or eight of the recovery list, with or without the spaces that people put between them."""

    def __init__(self, *, label: Label, hint: Label) -> None:
        super().__init__(
            widget=forms.TextInput(attrs={"class": "code", "autocomplete": "one-time-code", "inputmode": "numeric"})
        )
        _shape(self, label=label, hint=hint)

    def to_python(self, value: object) -> str:
        """Digits without their spaces."""
        return "".join(str(super().to_python(value)).split())


class LoginForm(account.LoginForm):  # type: ignore[misc]  # allauth ships no types
    """An address and a password."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _shape(
            self.fields["login"],
            label=_("E-mail address"),
            autocomplete="username webauthn",
            inputmode="email",
            autocapitalize="none",
            spellcheck="false",
        )
        _shape(self.fields["password"], label=_("Password"), autocomplete="current-password")


class ReauthenticateForm(account.ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The password once more, before something that matters."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        label = _("Password") if self.user.has_usable_password() else _("Password of the directory")
        _shape(self.fields["password"], label=label, autocomplete="current-password")


class ChangePasswordForm(account.ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    """The old one, the new one twice."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        rule = _("12 characters at least. A few words are easier to remember than symbols.")
        _shape(self.fields["oldpassword"], label=_("Current password"), autocomplete="current-password")
        _shape(self.fields["password1"], label=_("New password"), hint=rule, autocomplete="new-password")
        _shape(self.fields["password2"], label=_("New password, once more"), autocomplete="new-password")


class AuthenticateForm(factors.AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The second step of logging in."""

    code = OneTimeCode(label=_("Code"), hint=_("Six digits from your app, or a recovery code"))


class ReauthenticateFactorForm(factors.ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """A code, before something that matters."""

    code = OneTimeCode(label=_("Code"), hint=_("Six digits from your app, or a recovery code"))


class ActivateTotpForm(totp.ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """The first code, which proves that the app holds the key."""

    code = OneTimeCode(label=_("Code shown by the app"), hint=_("Six digits; they change every 30 seconds"))


class AddPasskeyForm(passkeys.AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A name for the passkey, and whether it is enough alone."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.initial["passwordless"] = True
        self.initial["name"] = gettext("My passkey")
        hint = _("For instance “my work phone”: it tells your passkeys apart.")
        _shape(self.fields["name"], label=_("Name"), hint=hint, autocomplete="off", maxlength=str(LONGEST_NAME))
        self.fields["name"].validators.append(MaxLengthValidator(LONGEST_NAME))
        _shape(
            self.fields["passwordless"],
            label=_("Enough to log in, without a password"),
            hint=_("Untick it for a security key that only confirms a password."),
        )


class RenamePasskeyForm(passkeys.EditWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """Another name."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _shape(self.fields["name"], label=_("Name"), autocomplete="off", maxlength=str(LONGEST_NAME))
        self.fields["name"].validators.append(MaxLengthValidator(LONGEST_NAME))
