"""`python -m tests.docs` writes the reference pages (`make docs`); with --json it prints them."""

import json
import os
import sys
from pathlib import Path

import django
from django.utils import translation

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Load the applications, make the pages, write or print them."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "beffroi.config.settings"
    django.setup()
    from tests.docs.reference import PAGES, kinds  # noqa: PLC0415 - applications must be loaded first

    with translation.override("en"):  # words that wait for their reader's language
        texts = {path: page() for path, page in PAGES.items()}
        known = kinds()
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"pages": texts, "kinds": known}))
        return
    for path, text in texts.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")


main()
