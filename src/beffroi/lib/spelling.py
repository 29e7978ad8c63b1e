"""Words as people hear them, whatever the case, the accents and the marks they are written with."""

import functools
import unicodedata


# Lists say the same few words tens of thousands of times.
@functools.lru_cache(maxsize=4_096)
def normalised(text: str, longest: int = 80) -> str:
    """Without what nobody hears: "N° de l’armoire (PM)" is "n de l armoire pm"."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter))
    return " ".join(kept.split())[:longest]
