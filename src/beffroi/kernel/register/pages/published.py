"""The published files as any stranger fetches them: the C2SP tlog-tiles interface, the same files a plain web server could serve."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from beffroi.kernel.register.queries.published import shelf
from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.errors import RegisterFormatError
from beffroi.protocol.register.names import LogName
from beffroi.protocol.register.tiles import parse_path

_TEXT = "text/plain; charset=utf-8"


@login_not_required
@require_safe
@cache_control(public=True, max_age=1)
def checkpoint(request: HttpRequest, log: str) -> HttpResponse:
    """The last signed checkpoint."""
    return _note(_archive(log).checkpoint())


@login_not_required
@require_safe
@cache_control(public=True, max_age=60)
def end(request: HttpRequest, log: str) -> HttpResponse:
    """The signed end of a log that another one continues."""
    return _note(_archive(log).end())


@login_not_required
@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def tile(request: HttpRequest, log: str, path: str) -> HttpResponse:
    """A tile of hashes or a bundle of entries; none ever changes."""
    try:
        data = _archive(log).read(parse_path(f"tile/{path}"))
    except RegisterFormatError as error:
        raise Http404 from error
    return HttpResponse(data, content_type="application/octet-stream")


def _archive(log: str) -> Archive:
    try:
        return shelf().archive(LogName.parse(log))
    except RegisterFormatError as error:
        raise Http404 from error


def _note(note: str | None) -> HttpResponse:
    if note is None:
        raise Http404
    return HttpResponse(note, content_type=_TEXT)
