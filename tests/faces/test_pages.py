"""Every page by HTTP, in both languages: its weight, what it loads, its words."""

import gzip
import json
import re
from pathlib import Path

import pytest
from tinyhtml5.parser import HTMLParser

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.lib.clock import utc_now
from beffroi.systems.reports.actions.settings import begin_categories
from beffroi.systems.reports.rules import Offered
from tests.faces.reading import Reading, read
from tests.faces.served import LANGUAGES, Seen, built, client, html, once, widely
from tests.faces.words import only_in

BUILT = Path(__file__).parents[2] / "src" / "beffroi" / "web" / "static" / "built"
MANIFEST = json.loads((BUILT / "manifest.json").read_text()) if BUILT.exists() else {}
SHELL = "src/islands/shell/index.ts"
KILO = 1000
SAME = (
    "/paper/",
    "/at/<slug:slug>/",
    "/figures/reports/",
)  # a page as a sheet to print has its title; so has home at an authority's own address, and "which authority?" wherever it is asked
FIRST_PAGE, BASE_SCRIPT, STYLES = 30 * KILO, 25 * KILO, 15 * KILO
# Documents of record: whole on one page, to be printed and kept; each system that is switched on adds its sheet.
DOCUMENTS = ("/legal/<slug:slug>/data/", "/systems/<slug:slug>/processing/", "/retention/of/<slug:slug>/")
DOCUMENT = 54 * KILO
# What is too heavy for every page: where it is drawn, the page has an element of that class or that part.
HEAVY = {
    "src/islands/console/map.ts": re.compile(r'data-part="map"|class="map"'),
    "src/islands/place/map.ts": re.compile(r'data-island="place"'),
    "src/islands/chart/drawing.ts": re.compile(r'data-island="chart'),
}

# As many kinds of faults as a town begins with, and as long to read, in words of no catalogue: pages that offer them are weighed so.
KINDS = [
    Offered(
        code=f"kind-{number}",
        label=f"Banc, grille ou barrière numéro {number}",
        group=f"Mobilier de la rue {number // 2}",
        what_next="Le service passe voir dès le lendemain, puis remet en état.",
        keywords="balançoire, potelet, grille",
        hours=48,
    )
    for number in range(16)
]

Pages = dict[tuple[Seen, str], Reading]


@pytest.fixture(scope="module")
def pages(shared_database: ConnectionInfo, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """All of them, read."""
    found: Pages = {}
    with built(tmp_path_factory.mktemp("town")) as town:
        begin_categories(authority=town.authority.pk, offered=KINDS, by=None, now=utc_now())
        for language in LANGUAGES:
            visitors = {role: client(town, role, language) for role in town.people}
            for seen in widely():
                text = html(town, visitors[seen.role], seen.route)
                if text is not None:
                    found[seen, language] = read(text)
    return found


def test_a_page_is_light(pages: Pages) -> None:
    heavy = {
        f"{seen} ({language})": page.weight
        for (seen, language), page in pages.items()
        if page.weight > (DOCUMENT if seen.route in DOCUMENTS else FIRST_PAGE)
    }
    assert heavy == {}, f"more than {FIRST_PAGE} bytes of HTML"


def test_pages_of_cameras_are_looked_at_with_something_on_them(pages: Pages) -> None:
    """Whoever sees most of each sees no page that says that there is nothing: no quarter of looks is over in a town of today."""
    most = {seen for seen in once() if seen.route.startswith("/video/")}
    empty = {seen.route for (seen, _), page in pages.items() if seen in most and 'class="empty"' in page.html}
    assert empty == {"/video/at/<slug:slug>/figures/"}
    looked_at = {seen.route for seen, _ in pages if seen in most}
    assert {seen.route for seen in most} - looked_at == {
        "/video/requests/<uuid:pk>/watch/state/",
        "/video/viewings/file/",
    }


def test_what_every_page_loads_is_light() -> None:
    base = closure(SHELL)
    assert sum(packed(MANIFEST[one]["file"]) for one in base) <= BASE_SCRIPT
    assert sum(packed(sheet) for one in base for sheet in MANIFEST[one].get("css", [])) <= STYLES


def test_a_page_loads_its_own_islands_only(pages: Pages) -> None:
    """Whatever a page names, a map's or a chart's library comes only where there is one, and only once it is needed."""
    wrong = []
    for (seen, language), page in pages.items():
        entries = [entry for entry in MANIFEST if MANIFEST[entry]["file"] in page.scripts]
        now = {chunk for entry in entries for chunk in closure(entry)}
        later = {chunk for entry in entries for chunk in closure(entry, later=True)}
        for library, drawn in HEAVY.items():
            assert library in MANIFEST
            if library in now:
                wrong.append(f"{seen} ({language}) waits for {library}")
            if library in later and not drawn.search(page.html):
                wrong.append(f"{seen} ({language}) may load {library} and draws none")
    assert not wrong, "\n".join(wrong)


def test_a_page_asks_nobody_else(pages: Pages) -> None:
    elsewhere = {f"{seen}: {link}" for (seen, _), page in pages.items() for link in page.loaded if "//" in link}
    assert not elsewhere, "\n".join(sorted(elsewhere))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_speaks_one_language(pages: Pages, language: str) -> None:
    """No words of the other language's catalogue stand on it, but where the page says so itself (`lang`)."""
    (other,) = set(LANGUAGES) - {language}
    foreign = only_in(other)
    told = {
        words: seen
        for (seen, spoken), page in pages.items()
        if spoken == language
        for words in page.words
        if words in foreign
    }
    assert not told, "\n".join(sorted(f"{words} ({seen})" for words, seen in told.items()))


MONTHS = {
    "fr": re.compile(
        r"\b(?:(?:January|February|March|April|June|July|August|September|October|November|December)\b|Sept\.|Feb\.|Aug\.)"
    ),
    "en": re.compile(r"\b(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)\b"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_dates_are_in_the_page_s_language(pages: Pages, language: str) -> None:
    wrong = MONTHS[language]
    told = {
        f"{seen}: {words}"
        for (seen, spoken), page in pages.items()
        if spoken == language
        for words in page.words
        if wrong.search(words)
    }
    assert not told, "\n".join(sorted(told))


def test_a_page_says_its_language_and_has_one_title(pages: Pages) -> None:
    wrong = [
        f"{seen} ({language}): {page.language} {page.titles} {page.landmarks}"
        for (seen, language), page in pages.items()
        if page.language != language or page.titles != 1 or page.landmarks != 1
    ]
    assert not wrong, "\n".join(wrong)


def test_the_code_is_valid(pages: Pages) -> None:
    """No parser has to guess: elements close, nest as they may, bear an attribute once."""
    told: dict[str, str] = {}
    for (seen, language), page in pages.items():
        parser = HTMLParser()
        parser.parse(page.html)
        for (line, _), fault, what in parser.errors:
            told.setdefault(f"{fault} {what}: {page.html.splitlines()[line - 1].strip()[:200]}", f"{seen} ({language})")
    assert not told, "\n".join(f"{where}: {fault}" for fault, where in sorted(told.items()))


def test_a_state_is_a_word_and_a_drawing(pages: Pages) -> None:
    """Nobody has to tell red from green."""
    told = {
        pill: str(seen)
        for (seen, _), page in pages.items()
        for pill in re.findall(r'<span class="pill (?:good|bad|warn|info)[^"]*">.*?</span>', page.html, re.DOTALL)
        if "<svg" not in pill or not re.sub(r"<[^>]*>", "", pill).strip()
    }
    assert not told, "\n".join(f"{where}: {pill}" for pill, where in told.items())


def test_the_focus_follows_the_source(pages: Pages) -> None:
    told = {str(seen) for (seen, _), page in pages.items() if re.search(r'tabindex="[1-9]', page.html)}
    assert not told, "\n".join(sorted(told))


def test_titles_tell_pages_apart(pages: Pages) -> None:
    """Two pages of one person never have the same title: tabs, history and screen readers know them by it."""
    for language in LANGUAGES:
        known: dict[tuple[str, str], str] = {}
        same = []
        for (seen, spoken), page in pages.items():
            if spoken == language and not seen.route.endswith(SAME):
                first = known.setdefault((seen.role, page.title), seen.route)
                same += [f"{seen.role}, {page.title}: {first}, {seen.route}"] if first != seen.route else []
        assert not same, "\n".join(same)


def closure(entry: str, *, later: bool = False) -> set[str]:
    """The chunks that come with an entry; and, `later`, those that it may ask for."""
    kinds = ("imports", "dynamicImports") if later else ("imports",)
    seen, waiting = set(), [entry]
    while waiting:
        chunk = waiting.pop()
        if chunk not in seen:
            seen.add(chunk)
            waiting += [one for kind in kinds for one in MANIFEST[chunk].get(kind, [])]
    return seen


def packed(file: str) -> int:
    """Bytes over the wire."""
    return len(gzip.compress((BUILT / file).read_bytes(), 9))
