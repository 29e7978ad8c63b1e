"""What fits one text message: 160 characters of the GSM 7-bit alphabet (3GPP TS 23.038), one price whatever the accents."""

import unicodedata
from typing import Final

LONGEST: Final = 160
_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Behind an escape: each counts for two.
_EXTENDED: Final = frozenset("^{}\\[~]|€")
# What typography has and a telephone hasn't; letters with another accent lose it.
_SPOKEN: Final = {
    **dict.fromkeys("’‘‛′", "'"),
    **dict.fromkeys("“”„«»″", '"'),
    **dict.fromkeys("‐‑‒–—−", "-"),
    **dict.fromkeys("\u00a0\u202f\u2009\u2007", " "),
    "…": "...",
    "Œ": "OE",
    "œ": "oe",
    "·": "-",
    "•": "-",
}


def spoken(text: str) -> str:
    """The same in letters that one text message may hold; what has none there is a question mark."""
    return " ".join("".join(_letter(letter) for letter in " ".join(text.split())).split())


def _letter(letter: str) -> str:
    if letter in _BASIC or letter in _EXTENDED:
        return letter
    if letter in _SPOKEN:
        return _SPOKEN[letter]
    plain = unicodedata.normalize("NFKD", letter)
    bare = "".join(part for part in plain if not unicodedata.combining(part))
    return bare if bare and all(part in _BASIC for part in bare) else "?"


def length(text: str) -> int:
    """How much of a message a text takes."""
    return sum(2 if letter in _EXTENDED else 1 for letter in text)


def fitted(text: str, *, address: str = "", most: int = LONGEST) -> str:
    """One message: the text cut between two words where it must be, then the address, which is never cut."""
    said, last = spoken(text), spoken(address)
    room = most - (length(last) + 1 if last else 0)
    if room < 0:
        raise ValueError("the address is longer than a message")
    if length(said) > room:
        said = _cut(said, room)
    return f"{said} {last}".strip()


def _cut(text: str, room: int) -> str:
    """Whole words and an ellipsis in so much room; part of the first word where even that is too long."""
    ellipsis = "..."
    kept, taken = "", 0
    for letter in text:
        taken += length(letter)
        if taken > room - len(ellipsis):
            break
        kept += letter
    whole = kept.rpartition(" ")[0] if text[len(kept) : len(kept) + 1] != " " else kept
    return f"{(whole or kept).rstrip(' ,;:.-')}{ellipsis}" if room >= len(ellipsis) else kept
