"""What can go wrong with places and organisations.

TerritoryError
├── SlugTaken
├── AlreadyMember
├── EndBeforeStart
├── LastAdministrator
├── MandateWithoutEnd
├── NotElectedThere
└── OwnAdministration
"""

from django.utils.translation import gettext_lazy as _


class TerritoryError(Exception):
    """A fault of the person who asks; `code` is stable, `message` is for them."""

    code = "territory-error"
    message = _("This can't be done.")


class SlugTaken(TerritoryError):
    """Another authority has this short name."""

    code = "slug-taken"
    message = _("Another authority already has this short name.")


class AlreadyMember(TerritoryError):
    """The person holds this role there over part of the same time."""

    code = "already-member"
    message = _("This person already has this role there at that time.")


class EndBeforeStart(TerritoryError):
    """A membership can't end before it begins."""

    code = "end-before-start"
    message = _("The end comes before the beginning.")


class MandateWithoutEnd(TerritoryError):
    """An elected official's role has an end."""

    code = "mandate-without-end"
    message = _("An elected official’s role ends with their mandate: give the day.")


class NotElectedThere(TerritoryError):
    """Only an authority has elected officials, not a firm nor a service."""

    code = "not-elected-there"
    message = _("Elected officials belong to the authority itself, not to a firm or a service.")


class OwnAdministration(TerritoryError):
    """Somebody else ends an administrator's role."""

    code = "own-administration"
    message = _("You can’t end your own role of administrator: another administrator does it.")


class LastAdministrator(TerritoryError):
    """Somebody must remain who can let people in."""

    code = "last-administrator"
    message = _("Nobody else administers this organisation without an end: name another administrator first.")
