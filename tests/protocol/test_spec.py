"""``docs/spec/gate.md`` and the code say the same: reason codes, kinds of token, frames, events, uses of keys, members."""

import importlib
import pkgutil
import re
from pathlib import Path

import beffroi.protocol.v1 as package
from beffroi.protocol.v1.carriage import CARRIED
from beffroi.protocol.v1.errors import Reason
from beffroi.protocol.v1.event import ENDINGS, EVENT_KINDS
from beffroi.protocol.v1.frames import FORMS
from beffroi.protocol.v1.gate import CHALLENGE_LIFE_MS, CHALLENGES_KEPT, NETWORK_CHALLENGES_KEPT, TOUCH_LIFE_MS
from beffroi.protocol.v1.grant import CHAIN_LIMIT, DEFAULT_GREATEST_AGE, MAX_LINKS
from beffroi.protocol.v1.jws import Place
from beffroi.protocol.v1.keyset import Use

SPEC = (Path(__file__).parents[2] / "docs" / "spec" / "gate.md").read_text()


def section(number: int) -> str:
    """The text of a numbered section."""
    found = re.search(rf"^## {number}\. .*?(?=^## |\Z)", SPEC, re.DOTALL | re.MULTILINE)
    assert found, number
    return found.group()


def cells(text: str, column: int = 0) -> list[list[str]]:
    """The words in backquotes of one column of every table row, row by row."""
    rows = [line.strip().strip("|").split("|") for line in text.splitlines() if line.strip().startswith("|")]
    return [re.findall(r"`([^`]+)`", row[column]) for row in rows if len(row) > column]


def places() -> dict[str, Place]:
    """Every position in which the package reads tokens, by ``typ``."""
    modules = [
        importlib.import_module(f"{package.__name__}.{found.name}") for found in pkgutil.iter_modules(package.__path__)
    ]
    found = {value for module in modules for value in vars(module).values() if isinstance(value, Place)}
    return {place.typ: place for place in found}


def test_reason_codes() -> None:
    rows = [line.strip().strip("|").split(" | ") for line in section(11).splitlines() if line.startswith("| `")]
    assert {code.strip(" `"): meaning.strip() for code, meaning in rows} == {
        str(reason): reason.meaning for reason in Reason
    }


def test_every_reason_of_the_decision_is_a_reason() -> None:
    table = section(6).split("The gate decides")[1].split("Anything unforeseen")[0]
    said = {code for row in cells(table, 1) for code in row}
    assert said <= set(map(str, Reason))
    assert {"challenge-used", "proof-signature", "chain-window", "grant-revoked", "revocations-old"} <= said


def test_kinds_of_token() -> None:
    rows = [line.strip().strip("|").split("|") for line in section(1).splitlines() if "+jwt`" in line]
    said = {row[0].strip(" `"): row[1].strip() for row in rows}
    assert said == {typ: place.alg for typ, place in places().items()}
    kids = {row[0].strip(" `"): row[3].strip() for row in rows}
    for typ, place in places().items():
        assert (place.third == "kid") == (not kids[typ].startswith("none")), typ
        assert (place.third == "jwk") == ("`jwk`" in kids[typ]), typ


def test_frames() -> None:
    said = [row[0] for row in cells(section(9)) if row and row[0] != "f"]
    assert sorted(said) == sorted(FORMS)


def test_what_is_carried_down() -> None:
    line = next(line for line in section(9).splitlines() if line.startswith("| `carry-down`"))
    assert tuple(re.findall(r"`([a-z-]+)`", line.split("|")[3])) == CARRIED


def test_events() -> None:
    text = section(7)[section(7).index("Every event has") :]
    said = [kind for row in cells(text) for kind in row if kind != "kind"]
    assert sorted(said) == sorted(EVENT_KINDS)


def test_why_a_use_ends() -> None:
    said = section(7).split("`cause` is one of")[1].split("\n\n")[0]
    assert sorted(set(re.findall(r"`([a-z-]+)`", said)) - {"lasted"}) == sorted(ENDINGS)


def test_uses_of_keys() -> None:
    line = next(line for line in section(2).splitlines() if line.startswith("`use`:"))
    following = section(2)[section(2).index(line) :].split(".")[0]
    assert set(re.findall(r"`([a-z-]+)`", following)) - {"use"} == set(map(str, Use))


def test_members() -> None:
    """The members of each payload that the code wants are the rows of its table."""
    tables = {
        "keyset": ("_NAMES", section(2)),
        "certificate": ("_NAMES", section(3)),
        "grant": ("_NAMES", section(4).split("Policy (")[0]),
        "chain": ("_NAMES", section(4).split("Link: signed")[1]),
        "revocation": ("_NAMES", section(5).split("**Stamp.**")[0]),
        "events": ("_NAMES", section(7).split("Every event has")[0]),
        "beat": ("_NAMES", section(8).split("**Beat**")[1].split("**Sealing key**")[0]),
        "sources": ("_NAMES", section(8).split("**Sources**")[1].split("**Mask**")[0]),
        "mask": ("_NAMES", section(8).split("**Mask**")[1].split("**Proof of possession**")[0]),
    }
    for name, (attribute, text) in tables.items():
        module = importlib.import_module(f"{package.__name__}.{name}")
        wanted = set(getattr(module, attribute)) | set(getattr(module, "_OPTIONAL", ()))
        assert {member for row in cells(text) for member in row} == wanted, name


def test_figures() -> None:
    assert f"{CHAIN_LIMIT:,} bytes" in section(4)
    assert f"At most {MAX_LINKS} links" in section(4)
    assert f"72 h = {DEFAULT_GREATEST_AGE}" in section(4)
    assert f"within {TOUCH_LIFE_MS // 1000} s" in section(6)
    assert f"valid for {CHALLENGE_LIFE_MS // 1000} s" in section(6)
    assert f"last {CHALLENGES_KEPT} challenges" in section(6)
    assert f"{NETWORK_CHALLENGES_KEPT} of the network" in section(6)
