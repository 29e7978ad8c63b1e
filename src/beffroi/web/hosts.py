"""Which host names this server answers to: the installation's own, and the domains that authorities gave.

Django's own list is fixed when the process starts and a domain is given while it runs: the list lets every well-formed name through, and
this door, the first of all middleware, refuses what is neither the installation's nor an authority's.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.utils import translation

from beffroi.kernel.territory.queries.authorities import authority_of_host

ANY = "*"


class HostMiddleware:
    """Answers 400 to a name that is nobody's here, before anything else reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.inner = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve what is asked of one of our names."""
        host = host_of(request)
        own = [*settings.BEFFROI_HOSTS, *(name for name in settings.ALLOWED_HOSTS if name != ANY)]
        if not validate_host(host, own) and authority_of_host(host) is None:
            # Nobody has said yet in which language to refuse.
            translation.activate(translation.get_language_from_request(request))
            raise DisallowedHost("no authority here has this domain")
        return self.inner(request)


def host_of(request: HttpRequest) -> str:
    """The name that the asker typed, without its port, in small letters; raises DisallowedHost on what is no name."""
    domain, _port = split_domain_port(request.get_host())
    return domain
