"""What a phone needs to have us on its home screen, to take notifications and to be of use without a network: the manifest, the service
worker at the root, and the page that says that there is no network.
"""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from beffroi.web.shell import shown_authority

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Authority

SOURCE: Final = "src/serviceworker/index.ts"
GROUND: Final = "#ffffff"
COLOUR: Final = "#17566b"
SHORT: Final = 24
SIZES: Final = (192, 512)


@cache
def built_worker() -> bytes:
    """What the build made of it, after the name of the build: other assets are another worker, which drops those of the former one.

    There is none before the front end is built.
    """
    built = Path(str(settings.DJANGO_VITE["default"]["manifest_path"]))
    try:
        told = built.read_bytes()
        name: str = json.loads(told)[SOURCE]["file"]
        return b'self.BUILD="%s";\n' % sha256(told).hexdigest()[:16].encode() + (built.parent / name).read_bytes()
    except (OSError, KeyError) as error:
        raise Http404("the front end is not built") from error


def _worker_tag(_request: HttpRequest) -> str:
    return f'"{sha256(built_worker()).hexdigest()[:32]}"'


@login_not_required
@require_safe
@cache_control(no_cache=True)
@condition(etag_func=_worker_tag)
def service_worker(_request: HttpRequest) -> HttpResponse:
    """The worker, whose scope is that of its address: it can't be served from where the other scripts are."""
    return HttpResponse(built_worker(), content_type="text/javascript; charset=utf-8")


@login_not_required
@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """The name, colour and logo of the authority: its own is what stands on the home screen."""
    authority = shown_authority(request)
    name = authority.name if authority else "Beffroi"
    content = {
        "name": name,
        "short_name": (authority.short_name if authority else "") or name[:SHORT],
        "lang": get_language() or "fr",
        "dir": "ltr",
        "id": "/",
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": authority.colour if authority else COLOUR,
        "icons": _icons(authority),
        "shortcuts": [
            {"name": _("Alerts"), "url": reverse("alerts")},
            {"name": _("My phones and my e-mail"), "url": reverse("contacts")},
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")


def _icons(authority: "Authority | None") -> list[dict[str, str]]:
    """The authority's logo, and our drawing where a phone cuts corners that a logo hasn't to spare."""
    ours = [
        {"src": static(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in SIZES
        for purpose in ("any", "maskable")
    ]
    if authority is None or not authority.logo:
        return ours
    address = reverse("logo", kwargs={"slug": authority.slug, "digest": authority.logo, "shape": "square"})
    return [{"src": address, "sizes": "512x512", "type": "image/png", "purpose": "any maskable"}]


@login_not_required
@require_safe
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    """What the worker shows when nothing else is there: in both languages, since it keeps one page for whoever holds the phone."""
    return render(request, "web/offline.html", {"authority": shown_authority(request)})
