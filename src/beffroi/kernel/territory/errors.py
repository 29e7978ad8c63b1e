"""What can go wrong with places and organisations.

TerritoryError
├── SlugTaken
├── AlreadyMember
└── EndBeforeStart
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
