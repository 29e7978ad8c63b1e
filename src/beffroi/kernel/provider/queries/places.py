"""The provider of this installation."""

import functools

from django.conf import settings

from beffroi.adapters.oidc import Provider
from beffroi.adapters.oidc.asking import Asker
from beffroi.adapters.oidc.claims import Somebody
from beffroi.kernel.directory.rules import OIDC, Seen


def provider() -> Provider | None:
    """None where none is set up."""
    found: Provider | None = settings.BEFFROI_PROVIDER
    return found


def asker() -> Asker | None:
    """What asks it, with what it remembers."""
    found = provider()
    return _asker(found) if found is not None else None


@functools.cache
def _asker(found: Provider) -> Asker:
    return Asker(found)


def forget() -> None:
    """What was remembered of any provider: its keys, what it says of itself."""
    _asker.cache_clear()


def seen_of(who: Somebody) -> Seen:
    """Somebody of the provider, as rules are held against them. Its word on an address ties no account."""
    return Seen(OIDC, who.subject, who.email, who.name, who.groups or frozenset(), vouched=False)
