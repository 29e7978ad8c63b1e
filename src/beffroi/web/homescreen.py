"""What a phone needs to have us on its home screen and to take notifications: the manifest, and the service worker at the root."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from beffroi.kernel.territory.queries import only_authority

SOURCE: Final = "src/serviceworker/index.ts"
GROUND: Final = "#ffffff"
COLOUR: Final = "#17566b"


@login_not_required
@require_safe
@cache_control(no_cache=True)
def service_worker(_request: HttpRequest) -> HttpResponse:
    """The worker, whose scope is that of its address: it can't be served from where the other scripts are."""
    return HttpResponse(built_worker(), content_type="text/javascript; charset=utf-8")


@cache
def built_worker() -> bytes:
    """What the build made of it; there is none before the front end is built."""
    built = Path(str(settings.DJANGO_VITE["default"]["manifest_path"]))
    try:
        name: str = json.loads(built.read_text(encoding="utf-8"))[SOURCE]["file"]
        return (built.parent / name).read_bytes()
    except (OSError, KeyError) as error:
        raise Http404("the front end is not built") from error


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def manifest(_request: HttpRequest) -> JsonResponse:
    """The name and colour of the authority, so that its own name stands under the drawing."""
    authority = only_authority()
    name = authority.name if authority else "Beffroi"
    content = {
        "name": name,
        "short_name": name[:24],
        "lang": "fr",
        "id": "/",
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": authority.colour if authority else COLOUR,
        "icons": [
            {"src": static(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for size in (192, 512)
            for purpose in ("any", "maskable")
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")
