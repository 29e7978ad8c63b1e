"""A page as it is read: its words with the language each is in, and what it loads."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

SILENT = {"script", "style", "code", "kbd", "pre"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SHOWN = ("alt", "title", "aria-label", "aria-description", "data-label", "data-done", "placeholder")


@dataclass
class Reading:
    """What a page holds. `words` are those in the page's own language, piece by piece."""

    html: str
    language: str = ""
    title: str = ""
    titles: int = 0
    landmarks: int = 0
    words: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """Bytes."""
        return len(self.html.encode())


def read(html: str) -> Reading:
    """Read it."""
    reader = _Reader(html)
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found = Reading(html)
        self.open: list[tuple[str, bool]] = []  # the element, and whether its words are in another language or silent

    @property
    def apart(self) -> bool:
        return any(apart for _, apart in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.found.language = values.get("lang", "")
        self.found.titles += tag == "h1"
        self.found.landmarks += tag == "main"
        if tag == "script" and values.get("src"):
            self.found.scripts.append(values["src"].partition("/built/")[2])
        if tag in ("script", "img", "iframe", "video", "source", "link") and values.get("rel") != "canonical":
            self.found.loaded += [values[name] for name in ("src", "href") if values.get(name)]
        apart = tag in SILENT or values.get("lang", self.found.language) != self.found.language
        if not (apart or self.apart):
            self.found.words += [" ".join(values[name].split()) for name in SHOWN if values.get(name)]
        if tag not in VOID:
            self.open.append((tag, apart))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text:
            return
        if self.open and self.open[-1][0] == "title":
            self.found.title = text
        if not self.apart:
            self.found.words.append(text)
