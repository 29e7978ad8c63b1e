"""Print the path of a Chromium that the journeys can drive: Debian's, else Playwright's own; exit 1 when there is none."""

import pathlib
import shutil
import sys


def find() -> str | None:
    for name in ("chromium", "google-chrome-stable"):
        path = shutil.which(name)
        if path and b"snap" not in pathlib.Path(path).resolve().read_bytes()[:4096]:
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        path = play.chromium.executable_path
    return path if pathlib.Path(path).exists() else None


if __name__ == "__main__":
    browser = find()
    sys.stdout.write(f"{browser}\n" if browser else "")
    sys.exit(browser is None)
