"""Mobile numbers as people type them and as networks write them (E.164)."""

import re
from typing import Final

_BETWEEN: Final = str.maketrans("", "", " .-()/\u00a0\u202f")
NATIONAL: Final = 10  # digits, the 0 among them
# Overseas mobile numbers begin as those of the mainland and have a country code of their own (ARCEP's numbering plan).
_OVERSEAS: Final = {
    "0690": "+590",
    "0691": "+590",
    "0692": "+262",
    "0693": "+262",
    "0639": "+262",
    "0694": "+594",
    "0695": "+594",
    "0696": "+596",
    "0697": "+596",
}


def international(typed: str) -> str | None:
    """The number with its country; None for what is no mobile number of France, nor any number of another country."""
    text = typed.strip().replace("(0)", "").translate(_BETWEEN)
    if text.startswith("00"):
        text = f"+{text[2:]}"
    if text.startswith("+33"):
        text = f"0{text[3:].removeprefix('0')}"
    if re.fullmatch(r"0[67][0-9]{8}", text, re.ASCII):
        return f"{_OVERSEAS.get(text[:4], '+33')}{text[1:]}"
    return text if re.fullmatch(r"\+[1-9][0-9]{7,14}", text, re.ASCII) else None


def dialled(number: str) -> str:
    """As people of France dial it, in pairs that stay on one line; a number of another country as it is."""
    code = next((each for each in ("+33", *_OVERSEAS.values()) if number.startswith(each)), None)
    national = f"0{number.removeprefix(code)}" if code else ""
    return "\u00a0".join(re.findall("..", national)) if len(national) == NATIONAL else number


def veiled(number: str) -> str:
    """What a page shows of a number that it need not show whole: enough for its owner to know it."""
    return f"{number[:4]} … {number[-2:]}"
