"""French first, English complete."""

from pathlib import Path

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
USE_I18N = True
LOCALE_PATHS = [Path(__file__).resolve().parents[2] / "locale"]
LANGUAGE_COOKIE_NAME = "beffroi_language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
# Chosen once, kept: the browser forgets it with its session otherwise.
LANGUAGE_COOKIE_AGE = 31_536_000
