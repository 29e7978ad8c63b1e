"""What is said of a provider that can't be asked, and of somebody whom it proved and who isn't let in."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.oidc.errors import ProviderError, Silent, Unclear, Untrusted, Unwelcome

# By the fault's code: what is seen, what to do.
FAULTS: Final[dict[str, tuple[Promise, Promise]]] = {
    Silent.code: (
        _("The identity provider doesn’t answer."),
        _("Look whether it runs and can be reached from here; people log in by other ways meanwhile."),
    ),
    Untrusted.code: (
        _("The identity provider can’t prove who it is: its certificate isn’t one that this machine trusts."),
        _("Give the authority that signed its certificate in BEFFROI_OIDC_CA."),
    ),
    Unwelcome.code: (
        _("The identity provider refuses this installation."),
        _("Correct BEFFROI_OIDC_CLIENT_ID and BEFFROI_OIDC_CLIENT_SECRET; a secret that expires is renewed here too."),
    ),
    Unclear.code: (
        _("What answers isn’t the identity provider that was set up, or it can’t be used."),
        _(
            "BEFFROI_OIDC_ISSUER is exactly what the provider calls itself; docs/operators/oidc.md says what it must know."
        ),
    ),
    ProviderError.code: (
        _("The identity provider can’t be asked."),
        _("Look at the log: it says why."),
    ),
}

REFUSED: Final[dict[str, Promise]] = {
    "no-role": _(
        "%(name)s has proved who you are, and nothing it says of you gives a role here. Ask an administrator of your town for an "
        "invitation; you then tie your account on its own page."
    ),
    "no-address": _(
        "%(name)s doesn’t say that your e-mail address is yours: no account can be made with it. Ask whoever keeps your account there."
    ),
    "apart": _(
        "An account of your address is there already. Log in to it as you do, or by the invitation that you had, then tie it on the page "
        "of your account: nobody’s account is taken over by an address."
    ),
    "closed": _("This account is closed. An administrator of your organisation can open it again."),
    "unsaid": _(
        "%(name)s has proved who you are, and doesn’t say your groups: nobody can tell what you may do here. Ask whoever keeps it."
    ),
}
