"""The host names that a certificate must stand for."""

from django.conf import settings

from beffroi.kernel.territory.queries.authorities import domains
from beffroi.lib.hosts import at_home


def hosts(*, of_authorities: bool = True) -> list[str]:
    """The installation's own first, those that the settings add, then the domains of authorities; none that is this machine's alone."""
    found = [name for name in settings.BEFFROI_HOSTS if not at_home(name)]
    return list(dict.fromkeys([*found, *sorted(domains() if of_authorities else ())]))
