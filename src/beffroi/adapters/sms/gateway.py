"""Which gateway sends text messages, and how it wants to be asked: a JSON file that whoever keeps the installation writes.

    {"url": "https://gateway.example/messages", "headers": {"Authorization": "Bearer …"}}

is enough for a gateway that speaks our own small contract (docs/operators/sms.md). Another's words are said in `body`, whose texts may
hold `{to}` (+33612345678), `{digits}` (33612345678), `{text}`, `{sender}` and `{reference}`; how it calls back is said in `reports`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from beffroi.adapters.sms.report import Wording

LARGEST: Final = 16_384
NUMBER: Final = re.compile(r"\+[1-9][0-9]{7,14}")
SENDER: Final = re.compile(r"[A-Za-z0-9 ]{3,11}")
HEADER: Final = re.compile(r"[A-Za-z0-9-]+")
PLACE: Final = re.compile(r"\{(to|digits|text|sender|reference)\}")

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
OURS: Final[Json] = {"to": "{to}", "text": "{text}", "sender": "{sender}", "reference": "{reference}"}


class GatewayFileError(ValueError):
    """The file can't be used; the message is for whoever wrote it, and holds none of its secrets."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where text messages are posted and what is said there. `sender` is the name that phones show, "" for the gateway's own; `reports`
    is None for one that doesn't say what became of them.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Json = field(default_factory=lambda: OURS)
    sender: str = ""
    reports: Wording | None = None

    @classmethod
    def read(cls, path: Path) -> "Gateway":
        """Raises GatewayFileError."""
        try:
            if path.stat().st_size > LARGEST:
                raise GatewayFileError(f"{path} is too large to describe a gateway")
            told = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise GatewayFileError(f"{path} can't be read: {error.strerror}") from None
        except ValueError as error:
            if isinstance(error, GatewayFileError):
                raise
            raise GatewayFileError(f"{path} is not JSON") from None
        return _described(told, path)

    def content(self, *, to: str, text: str, reference: str) -> bytes:
        """What is posted for one message."""
        told = {
            "to": to,
            "digits": to.removeprefix("+"),
            "text": text,
            "sender": self.sender,
            "reference": reference,
        }
        return json.dumps(_filled(self.body, told), ensure_ascii=False, separators=(",", ":")).encode()


def _described(told: object, path: Path) -> Gateway:
    if not isinstance(told, dict) or not isinstance(told.get("url"), str):
        raise GatewayFileError(f"{path} names no url")
    if unknown := sorted(set(told) - {"url", "headers", "body", "sender", "reports"}):
        raise GatewayFileError(f"{path} has a member that isn't known: {', '.join(map(str, unknown))}")
    headers, sender, body = told.get("headers", {}), told.get("sender", ""), told.get("body", OURS)
    if not isinstance(headers, dict) or not all(_is_header(name, value) for name, value in headers.items()):
        raise GatewayFileError(f"{path}: headers are names and values, one line each")
    if not isinstance(sender, str) or (sender and not SENDER.fullmatch(sender)):
        raise GatewayFileError(f"{path}: a sender is 3 to 11 letters, digits or spaces")
    asked = set(PLACE.findall(json.dumps(body)))
    if not asked & {"to", "digits"} or "text" not in asked:
        raise GatewayFileError(
            f"{path}: the body says neither whom nor what; it needs {{to}} or {{digits}}, and {{text}}"
        )
    reports = Wording.described(told["reports"]) if "reports" in told else None
    if "reports" in told and reports is None:
        raise GatewayFileError(
            f"{path}: reports need a key of 24 letters or more, the names of the reference and of the state, and the words for"
            " arrived and failed"
        )
    if reports is not None and "reference" not in asked:
        raise GatewayFileError(f"{path}: a gateway that reports is given the {{reference}} of each message")
    return Gateway(url=told["url"], headers=headers, body=body, sender=sender, reports=reports)


def _is_header(name: object, value: object) -> bool:
    return (
        isinstance(name, str)
        and isinstance(value, str)
        and HEADER.fullmatch(name) is not None
        and value.isascii()
        and value.isprintable()
    )


def _filled(body: Json, told: Mapping[str, str]) -> Json:
    """A copy with each place filled, once: what a text holds is never read as a place again."""
    if isinstance(body, str):
        return PLACE.sub(lambda found: told[found[1]], body)
    if isinstance(body, list):
        return [_filled(each, told) for each in body]
    if isinstance(body, dict):
        return {name: _filled(each, told) for name, each in body.items()}
    return body
