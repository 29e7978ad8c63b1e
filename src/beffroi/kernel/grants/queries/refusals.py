"""Why something was not given, in words for whoever asked."""

from django.utils.translation import gettext as _

from beffroi.kernel.grants.models import Grant
from beffroi.kernel.grants.rules import EnrolmentRefusal, Refusal, RefusalCode, Unsigned, Wanting


def explain_enrolment(refusal: EnrolmentRefusal) -> str:
    """Why a phone was not enrolled and what would do, in words for its owner."""
    words = {
        EnrolmentRefusal.NEEDS_CODE: _("Type the code that your firm gave you, or log in again with your passkey."),
        EnrolmentRefusal.NO_CODE: _("No code waits for you, or it is over 48 hours old: ask your firm for another."),
        EnrolmentRefusal.WRONG_CODE: _("This is not the code that your firm gave you: check it and try again."),
        EnrolmentRefusal.TOO_MANY_TRIES: _("Five wrong tries: this code is void. Ask your firm for another."),
        EnrolmentRefusal.KEY_KNOWN: _("This phone's key was enrolled before: start again to make a new one."),
        EnrolmentRefusal.NEEDS_SECOND_FACTOR: _("Log in with a passkey, or with the code of your app, first."),
    }
    return words[refusal]


def explain_unsigned(refusal: Unsigned, authority: str) -> list[str]:
    """What a convention is not signed without, in words for whoever writes it; `authority` is called so."""
    words = {
        Wanting.OWNER: _("Somebody owns what it covers: add the party that does."),
        Wanting.AUTHORITY: _("%(authority)s signs it: add it to the parties.") % {"authority": authority},
        Wanting.PREFECTURE: _("The prefecture signs it: add it to the parties."),
        Wanting.DAY: _("Write the day that each of those who sign it signed the paper."),
    }
    return [words[what] for what in Wanting if what in refusal.wanting]


def explain(refusal: Refusal) -> str:
    """Why a right was not given and what would do, in words for whoever asked."""
    words = {
        RefusalCode.SYSTEM_OFF: _(
            "This system is not switched on here: its impact assessment (AIPD) must be dated first."
        ),
        RefusalCode.CONVENTION_NOT_IN_FORCE: _(
            "The convention is not in force during the whole of this time. %(detail)s"
        ),
        RefusalCode.NOT_A_PARTY: _("Your organisation is not a party to this convention."),
        RefusalCode.RESOURCE_OUTSIDE: _("The convention does not cover all that is asked for."),
        RefusalCode.TOO_MANY: _("One right is for %(detail)s things at most: ask for fewer of them."),
        RefusalCode.PURPOSE_NOT_ADMITTED: _("The convention does not admit this purpose."),
        RefusalCode.WINDOW_PAST: _("This time is already over: choose a later end."),
        RefusalCode.TOO_SHORT: _("The convention asks for %(detail)s at least."),
        RefusalCode.TOO_LONG: _("The convention admits %(detail)s at most."),
        RefusalCode.NOT_A_MEMBER: _(
            "This person is not a technician of your organisation during the whole of this time. %(detail)s"
        ),
        RefusalCode.ALREADY_ORDERED: _(
            "Your organisation already has a work order here %(detail)s: end it, or choose another time."
        ),
        RefusalCode.NOT_ON_DUTY: _(
            "This person does not keep watch or a desk in your organisation during the whole of this time. %(detail)s"
        ),
        RefusalCode.NOT_DESIGNATED: _("This person is not designated under this convention."),
        RefusalCode.APPROVAL_EXPIRED: _("This person’s approval does not last for the whole of this time. %(detail)s"),
        RefusalCode.PURPOSE_NOT_HERE: _("The convention does not admit this purpose for this kind of place."),
        RefusalCode.RECEIVING_OUTSIDE: _("The convention does not name this service among those that receive."),
        RefusalCode.ANOTHER_LAW: _("What is asked for is under another law than the text of this reason."),
        RefusalCode.ORDER_OVER: _(
            "The prefect’s order that authorises it does not last for the whole of this time. %(detail)s"
        ),
        RefusalCode.OUT_OF_SERVICE: _("Nothing of what is asked for is in service now."),
        RefusalCode.NO_KEY: _("This browser is not known as yours any more: enrol it, then ask again."),
        RefusalCode.OWNER_REFUSED: _("The owner said no: %(detail)s."),
        RefusalCode.ANSWERED: _("This request was answered, or ended, already."),
    }
    return (words[refusal.code] % {"detail": refusal.detail}).strip()


def explain_declined(grant: Grant) -> str:
    """Why the owner said no, in words for whoever asked."""
    return explain(Refusal(RefusalCode.OWNER_REFUSED, grant.get_declined_display()))
