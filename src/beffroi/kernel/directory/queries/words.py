"""What messages and pages say of the directory."""

from typing import Final

from django.urls import reverse
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beffroi.adapters.directory.errors import (
    DirectoryError,
    LibraryMissing,
    Silent,
    Unclear,
    Untrusted,
    Unwelcome,
)
from beffroi.kernel.alerts.registry import AlertKind, Facts, Step, Words
from beffroi.kernel.alerts.rules import Target, Urgency

BRAKED: Final = "directory.held"

# By the fault's code: what is seen, what to do.
FAULTS: Final[dict[str, tuple[Promise, Promise]]] = {
    Silent.code: (
        gettext_lazy("The directory doesn’t answer."),
        gettext_lazy(
            "Look whether its server runs and can be reached from here; people log in by other ways meanwhile."
        ),
    ),
    Untrusted.code: (
        gettext_lazy(
            "The directory can’t prove who it is: its certificate isn’t one that we were told to trust, or it speaks no TLS."
        ),
        gettext_lazy(
            "Give the authority that signed its certificate in BEFFROI_LDAP_CA, and in BEFFROI_LDAP_URL the name that the "
            "certificate bears."
        ),
    ),
    Unwelcome.code: (
        gettext_lazy("The directory refuses the account that we ask it with."),
        gettext_lazy(
            "Correct BEFFROI_LDAP_BIND_DN and BEFFROI_LDAP_BIND_PASSWORD; a password that expires is renewed here too."
        ),
    ),
    Unclear.code: (
        gettext_lazy("The directory’s answer was cut short, or it knows no such place."),
        gettext_lazy(
            "Look at BEFFROI_LDAP_BASE, BEFFROI_LDAP_GROUP_BASE and BEFFROI_LDAP_FILTER, and at how many answers our account "
            "may have."
        ),
    ),
    LibraryMissing.code: (
        gettext_lazy("A directory is set up, and what asks it isn’t installed."),
        gettext_lazy("Install beffroi[ldap], as docs/operators/directory.md says."),
    ),
    DirectoryError.code: (
        gettext_lazy("The directory can’t be asked."),
        gettext_lazy("Look at the log: it says why."),
    ),
}
DOWN: Final = gettext_lazy(
    "The town’s directory doesn’t answer: nobody can log in with its password just now. A passkey, or a password that this account has of "
    "its own, works."
)
TOO_MANY: Final = gettext_lazy(
    "Too many wrong passwords under this name: the town’s directory isn’t asked again for a while, so that nobody gets your account locked "
    "there. A passkey, or a password that this account has of its own, works meanwhile."
)


def _braked_words(facts: Facts, _language: str) -> Words:
    if facts.ended:
        return Words(_("The directory is followed again"), _("Nobody waits to lose their roles any more."))
    leaving, holding = int(facts.values.get("leaving", 0)), int(facts.values.get("holding", 0))
    body = ngettext(
        "%(leaving)s person of %(holding)s would lose what the directory gave them. Say whether that is right, or mend the directory.",
        "%(leaving)s people of %(holding)s would lose what the directory gave them. Say whether that is right, or mend the directory.",
        leaving,
    )
    told = {"leaving": localize(leaving), "holding": localize(holding)}
    return Words(_("Too many would leave at once"), body % told)


BRAKED_KIND: Final = AlertKind(
    BRAKED,
    "So many people would lose the roles that the directory gave them that an administrator is asked.",
    gettext_lazy("Too many would leave at once"),
    Urgency.PROMPT,
    _braked_words,
    lambda _facts: reverse("directory"),
    (Step(Target.ADMINISTRATORS, None),),
)
