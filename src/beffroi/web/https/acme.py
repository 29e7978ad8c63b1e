"""What a certificate authority asks over plain HTTP, whether this name is ours (RFC 8555, 8.3): a file that certbot or lego wrote."""

import os
import re
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
LARGEST: Final = 1024


@never_cache
@login_not_required
@require_safe
def challenge(_request: HttpRequest, token: str) -> HttpResponse:
    """What the file of that name holds."""
    folder: Path | None = settings.BEFFROI_ACME_FOLDER
    if folder is None or not TOKEN.fullmatch(token):
        raise Http404
    try:
        # A name that leads elsewhere is not followed: whoever may write here may not thereby read what the server reads.
        where = folder / ".well-known" / "acme-challenge" / token
        descriptor = os.open(where, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            return HttpResponse(file.read(LARGEST), content_type="text/plain")
    except OSError as error:
        raise Http404 from error
