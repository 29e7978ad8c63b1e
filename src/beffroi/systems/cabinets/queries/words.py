"""What people read: reasons, kinds of entries, what alerts say."""

from django.utils.translation import gettext as _


def reason_words(code: str) -> str:
    """Why it stayed shut (or a right was closed), for the person in front of it; a code that people never meet is given as it is."""
    words = {
        "not-touched": _("nobody touched the handle within the last minute"),
        "gate-silent": _("the lock doesn’t answer"),
        "gate-other": _("this is another cabinet than the one on the sticker"),
        "no-phone": _("no phone is enrolled"),
        "no-order": _("no work order for this cabinet"),
        "convention-not-in-force": _("the convention is not in force"),
        "too-early": _("the work order doesn’t begin yet"),
        "expired": _("the work order is over"),
        "grant-revoked": _("the work order was closed"),
        "holder-revoked": _("this phone was declared lost or replaced"),
        "resource-not-granted": _("the work order is for another cabinet"),
        "action-not-granted": _("the work order is for something else"),
        "transport-not-admitted": _("the convention doesn’t admit this way of opening"),
        "revocations-old": _("the lock has had no news of lost phones for too long"),
        "time-unknown": _("the lock doesn’t know the time"),
        "challenge-used": _("this answer served already"),
        "challenge-expired": _("the answer came too late"),
        "challenge-unknown": _("the lock didn’t ask for this answer"),
        "proof-signature": _("the answer isn’t this phone’s"),
        "grant-key": _("the work order is signed with a key that is no longer valid"),
        "internal": _("the lock failed and stayed shut"),
        "closed-by-desk": _("closed by the firm’s desk"),
        "convention-ended": _("the convention was ended"),
        "membership-ended": _("the technician left the firm"),
    }
    return words.get(code, code)


def act_words(kind: str) -> str:
    """What an entry under a work order says was done; a kind that has no words here is given as it is."""
    words = {
        "grant.asked": _("The right was given"),
        "grant.minted": _("It was signed for the technician’s phone"),
        "grant.closed": _("It was ended before its time"),
        "cabinet.opened": _("The cabinet opened"),
        "cabinet.refused": _("The cabinet stayed shut"),
    }
    return words.get(kind, kind)
