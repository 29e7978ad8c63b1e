"""Names of machines."""

import ipaddress


def at_home(name: str) -> bool:
    """Whether browsers take it for the machine that they run on: they trust it without HTTPS."""
    plain = name.strip("[]").lower()
    try:
        return ipaddress.ip_address(plain).is_loopback
    except ValueError:
        return plain == "localhost" or plain.endswith(".localhost")
