"""Built assets: they ship in the wheel and are served by ourselves, compressed and immutable."""

from pathlib import Path

_WEB = Path(__file__).resolve().parents[2] / "web"

STATIC_URL = "/static/"
STATICFILES_DIRS = [_WEB / "static"]
STATIC_ROOT = None
# Files are found where they lie: an installation has no "collectstatic" step to forget.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
# Vite writes the hash of what they hold into their names: such a file never changes.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/built/assets/.+-[0-9A-Za-z_-]{8}\.[a-z0-9]+$"

DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "manifest_path": _WEB / "static" / "built" / "manifest.json",
        "static_url_prefix": "built",
    }
}
