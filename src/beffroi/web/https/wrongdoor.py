"""What whoever types http:// before the port of HTTPS is told: 400, a short page in each language, the same address with https://.

Nothing leads there by itself: what was sent in clear may hold a password, and must not be sent again unseen. The page says what it says of
the request's own first lines, since no TLS and no Django stand behind this door; it loads nothing, and holds nothing but what was typed.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from html import escape
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

TITLE: Final = gettext_noop("This address speaks HTTPS")
TYPED: Final = gettext_noop(
    "The address that was typed begins with http://, which anybody on the way can read. Open it with https://:"
)
SENT: Final = gettext_noop("Nothing of what was sent was taken. If a password was among it, change it.")

FIRST: Final = re.compile(rb"(?P<method>[A-Z]{1,20}) (?P<path>/[!-~]{0,2000}) HTTP/1\.[01]\r\n")
HOST: Final = re.compile(
    rb"\r\nhost:[ \t]*(?P<host>(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?)[ \t]*\r\n", re.IGNORECASE
)
SAFE: Final = (b"GET", b"HEAD")

STYLE: Final = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem;overflow-wrap:anywhere}"
    "hr{margin:2rem 0}"
)
DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{DIGEST}'"


def answer(head: bytes) -> bytes:
    """The whole answer to a request whose first octets these are, whatever they say."""
    first, named = FIRST.match(head), HOST.search(head)
    method = first["method"] if first else head.split(b" ", 1)[0]
    address = ""
    if named is not None:
        path = first["path"].decode("ascii") if first and method in SAFE else "/"
        address = f"https://{named['host'].decode('ascii')}{path}"
    body = _page(address, sent=method not in SAFE).encode()
    lines = (
        "HTTP/1.1 400 Bad Request",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "Cache-Control: no-store",
        f"Content-Security-Policy: {POLICY}",
        "Referrer-Policy: no-referrer",
        "X-Content-Type-Options: nosniff",
    )
    return "\r\n".join([*lines, "", ""]).encode("ascii") + (b"" if method == b"HEAD" else body)


def _page(address: str, *, sent: bool) -> str:
    main = settings.LANGUAGE_CODE
    with translation.override(main):
        title = escape(gettext(TITLE))
    parts = "<hr>".join(_parts(address, sent=sent))
    return (
        f'<!doctype html><html lang="{main}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<style>{STYLE}</style></head><body><main>{parts}</main></body></html>\n"
    )


def _parts(address: str, *, sent: bool) -> Iterator[str]:
    """One for each language, that of most readers first."""
    codes = [code for code, _name in settings.LANGUAGES]
    for rank, code in enumerate(sorted(codes, key=lambda each: each != settings.LANGUAGE_CODE)):
        level = "h2" if rank else "h1"
        with translation.override(code):
            link = f'<p><a href="{escape(address)}">{escape(address)}</a></p>' if address else ""
            more = f"<p>{escape(gettext(SENT))}</p>" if sent else ""
            yield (
                f'<section lang="{code}"><{level}>{escape(gettext(TITLE))}</{level}><p>{escape(gettext(TYPED))}</p>{link}{more}</section>'
            )
