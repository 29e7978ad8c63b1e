"""The host names that a certificate must stand for."""

import ipaddress

from django.conf import settings

from beffroi.kernel.territory.queries.authorities import domains


def hosts(*, of_authorities: bool = True) -> list[str]:
    """The installation's own first, those that the settings add, then the domains of authorities; none that is this machine's alone."""
    found = [name for name in settings.BEFFROI_HOSTS if not at_home(name)]
    return list(dict.fromkeys([*found, *sorted(domains() if of_authorities else ())]))


def at_home(name: str) -> bool:
    """Whether browsers take it for the machine that they run on: they trust it without HTTPS."""
    plain = name.strip("[]").lower()
    try:
        return ipaddress.ip_address(plain).is_loopback
    except ValueError:
        return plain == "localhost" or plain.endswith(".localhost")
