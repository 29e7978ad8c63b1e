"""What can go wrong with sites and cameras.

VideoError
├── MaskChanged
├── NameTaken
├── NumberTaken
├── RelayAddressOpen
├── RelayAddressWrong
└── RelayFull
"""

from django.utils.translation import gettext_lazy as _


class VideoError(Exception):
    """A fault of the person who asks; `code` is stable, `field` is what it is about, `message` is for them."""

    code = "video-error"
    field: str | None = None
    message = _("This can't be done.")


class MaskChanged(VideoError):
    """Somebody else hid or showed parts of this camera since the page was opened; what they did stays."""

    code = "mask-changed"
    message = _(
        "What is hidden changed since this page was opened: nothing of what you drew is kept. What you see here is hidden now; "
        "draw on it again."
    )


class NameTaken(VideoError):
    """Another site of the authority has this name."""

    code = "name-taken"
    field = "name"
    message = _("Another site already has this name.")


class NumberTaken(VideoError):
    """Another camera of the site has this number."""

    code = "number-taken"
    field = "number"
    message = _("Another camera of this site already has this number.")


class RelayAddressOpen(VideoError):
    """An origin of plain http, on another machine."""

    code = "relay-address-open"
    field = "address"
    message = _("A browser reaches a relay over https: with http, whoever is on the way sees the images.")


class RelayAddressWrong(VideoError):
    """Not an origin."""

    code = "relay-address-wrong"
    field = "address"
    message = _("An address such as https://relay.town.example:8443, with nothing after it.")


class RelayFull(VideoError):
    """What a relay serves is told to it in one list, which is so long at most."""

    code = "relay-full"
    message = _(
        "This relay has no room for it: the list of its cameras holds 256 of them at most, fewer where names, addresses and hidden "
        "parts are long. Let another relay serve it, or write less."
    )
