"""The child program: reads one page from its standard input, writes its PDF/UA to its standard output, and is gone.

It bounds itself before it reads anything: memory, processor time. What a page asks for is a file of the one folder it was given, or
nothing: no network, no other file. It writes in the temporary folder that it is given, and nowhere else.
"""

import json
import logging
import mimetypes
import resource
import sys
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

MEMORY: Final = 2 * 1024**3
PROCESSOR: Final = 60  # seconds
TOO_LONG: Final = 3
VARIANT: Final = "pdf/ua-1"
OWN: Final = "/paper/"


class Refused(ValueError):
    """The page asked for something that isn't in its folder."""


def bound() -> None:
    """Whatever the page holds, this program can't take the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def file_of(address: str, origin: str, folder: Path) -> Path:
    """The file that an address under `/paper/` means; raises Refused for any other address, and for what is outside the folder."""
    there, path = urlsplit(address), unquote(urlsplit(address).path)
    file = (folder / path.removeprefix(OWN)).resolve()
    home = f"{there.scheme}://{there.netloc}" == origin.rstrip("/") and path.startswith(OWN)
    if not home or not file.is_relative_to(folder) or not file.is_file():
        raise Refused(address)
    return file


def made(html: str, css: str, origin: str, folder: Path, most: int) -> bytes | None:
    """The PDF, or None when it has too many pages."""
    from weasyprint import CSS, HTML  # noqa: PLC0415 - after the bounds
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - as above
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - as above

    class OneFolder(URLFetcher):  # type: ignore[misc]  # WeasyPrint says no types
        """Reads files of one folder, and nothing else."""

        def fetch(self, url: str, headers: object = None) -> object:  # noqa: ARG002 - WeasyPrint's own signature
            file = file_of(url, origin, folder)
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, file.read_bytes(), {"Content-Type": kind})

    fetcher, fonts = OneFolder(), FontConfiguration()
    style = CSS(string=css, font_config=fonts, url_fetcher=fetcher, base_url=origin)
    page = HTML(string=html, url_fetcher=fetcher, base_url=origin, media_type="paper")
    document = page.render(stylesheets=[style], font_config=fonts, pdf_variant=VARIANT, pdf_tags=True)
    if len(document.pages) > most:
        return None
    written: bytes = document.write_pdf(pdf_variant=VARIANT, pdf_tags=True)
    return written


def main() -> int:
    """One page in, one PDF out."""
    bound()
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    order = json.load(sys.stdin)
    pdf = made(order["html"], order["css"], order["origin"], Path(order["folder"]).resolve(), order["most"])
    if pdf is None:
        return TOO_LONG
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
