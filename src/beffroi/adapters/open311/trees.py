"""XML and JSON as one tree, by the Spark convention: JSON leaves out the root and the names of what a list holds.

Reading is strict about what could hurt: no document type and so no entity, bounded size, depth and number of parts. It is lenient about
what servers differ in: the name of an item of a list, blanks around a text, a root around JSON.
"""

import json
import math
import re
from decimal import Decimal
from typing import Final
from xml.parsers import expat

from beffroi.adapters.open311.documents import Format
from beffroi.adapters.open311.errors import UnreadableError

Tree = str | int | float | bool | None | list["Tree"] | dict[str, "Tree"]

LARGEST: Final = 8_000_000
DEEPEST: Final = 12
MOST: Final = 200_000
# What each list holds, by the list's name in XML; "requests" is how some servers call theirs.
ITEMS: Final = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "requests": "request",
    "service_request_updates": "request_update",
    "media_urls": "media_url",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
# What XML 1.0 can't hold (2.2): the other controls, halves of pairs, two that are no characters.
UNSAYABLE: Final = re.compile("[^\t\n\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LINE_ENDS: Final = re.compile("\r\n?")


def said(text: str) -> str:
    """A text with one kind of line end, without the characters that XML can't hold."""
    return UNSAYABLE.sub("", LINE_ENDS.sub("\n", text))


def written(root: str, tree: Tree, form: Format) -> bytes:
    """The bytes of a document. Texts have been `said`."""
    if form is Format.JSON:
        return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    parts = [DECLARATION]
    _element(parts, root, tree)
    return "".join(parts).encode()


def _element(parts: list[str], name: str, tree: Tree) -> None:
    inside: list[tuple[str, Tree]] | str
    if isinstance(tree, dict):
        inside = list(tree.items())
    elif isinstance(tree, list):
        inside = [(ITEMS[name], item) for item in tree]
    else:
        inside = _text(tree)
    if not inside:
        parts.append(f"<{name}/>")
        return
    parts.append(f"<{name}>")
    if isinstance(inside, str):
        parts.append(inside)
    else:
        for each, item in inside:
            _element(parts, each, item)
    parts.append(f"</{name}>")


def _text(value: str | float | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read(body: bytes, form: Format) -> Tree:
    """The tree of a document, without its root. Raises UnreadableError."""
    if len(body) > LARGEST:
        raise UnreadableError("too-large")
    return _Reader().read(body) if form is Format.XML else _unwrapped(_json(body))


def _json(body: bytes) -> Tree:
    try:
        tree: Tree = json.loads(body, parse_constant=_no_number)
    except RecursionError:
        raise UnreadableError("too-deep") from None
    except ValueError:
        raise UnreadableError("not-json") from None
    _measure(tree)
    return tree


def _no_number(_name: str) -> float:
    raise UnreadableError("not-json")


def _measure(tree: Tree) -> None:
    """Refuses what is too deep or has too many parts, or holds a number that is none."""
    level, count = [tree], 0
    for _ in range(DEEPEST):
        count += len(level)
        if count > MOST:
            raise UnreadableError("too-many")
        if any(isinstance(each, float) and not math.isfinite(each) for each in level):
            raise UnreadableError("not-json")
        level = [inside for each in level for inside in _inside(each)]
        if not level:
            return
    raise UnreadableError("too-deep")


def _inside(tree: Tree) -> list[Tree]:
    if isinstance(tree, dict):
        return list(tree.values())
    return tree if isinstance(tree, list) else []


def _unwrapped(tree: Tree) -> Tree:
    """Without the root that some servers put around JSON."""
    if isinstance(tree, dict) and len(tree) == 1:
        name, inside = next(iter(tree.items()))
        if isinstance(inside, list if name in ITEMS else dict):
            return inside
    return tree


class _Reader:
    """Builds a tree from what the parser meets; whatever has too much of something stops it there."""

    def __init__(self) -> None:
        self._open: list[tuple[str, list[tuple[str, Tree]], list[str]]] = [("", [], [])]
        self._count = 0

    def read(self, body: bytes) -> Tree:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._say
        try:
            parser.Parse(body, True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            if isinstance(error, UnreadableError):
                raise
            raise UnreadableError("not-xml") from None
        return self._open[0][1][0][1]

    def _refuse(self, *_: object) -> None:
        raise UnreadableError("document-type")

    def _begin(self, name: str, _attributes: object) -> None:
        self._count += 1
        if self._count > MOST:
            raise UnreadableError("too-many")
        if len(self._open) > DEEPEST:
            raise UnreadableError("too-deep")
        self._open.append((name.rpartition(":")[2], [], []))

    def _end(self, _name: str) -> None:
        name, children, texts = self._open.pop()
        tree: Tree
        if name in ITEMS:
            tree = [child for _, child in children]
        elif children:
            tree = {}
            for each, child in children:
                if tree.get(each) is None:  # of several the first that says something
                    tree[each] = child
        else:
            tree = "".join(texts).strip() or None
        self._open[-1][1].append((name, tree))

    def _say(self, text: str) -> None:
        self._open[-1][2].append(text)
