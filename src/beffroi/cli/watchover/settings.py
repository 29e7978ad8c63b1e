"""The file that says whom we watch over and whom we tell (docs/operators/watching.md). It may hold passwords: mode 0600."""

import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from beffroi.adapters.mail.server import MailServer, MailSettingError
from beffroi.adapters.webhook.signature import headers_for
from beffroi.cli.errors import CommandError
from beffroi.cli.watchover.vigil import Town
from beffroi.protocol.beats import usable

# Two signs of life, 15 s apart, and what a slow line takes; a minute is what people are promised.
USUAL: Final = 45.0


def _key(text: str) -> str:
    if not usable(text):
        raise ValueError("not a key: copy what `beffroi monitor --key` prints in that town")
    return text


def _server(text: str) -> str:
    try:
        MailServer.read(text)
    except MailSettingError as error:
        raise ValueError(str(error)) from None
    return text


def _secret(text: str) -> str:
    headers_for(b"", secret=text, identifier="", moment=0)  # raises ValueError where it is none
    return text


class Strict(BaseModel):
    """What isn't known is refused: a typing error is never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TownLine(Strict):
    """A town."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    key: Annotated[str, AfterValidator(_key)]
    silent_after: Annotated[float, Field(ge=20, le=3600)] = USUAL


class Mail(Strict):
    """Letters to people."""

    server: Annotated[str, AfterValidator(_server)]
    sender: str
    to: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]


class Webhook(Strict):
    """A program elsewhere, by a signed message (Standard Webhooks). `internal`: its host may lie on our own network."""

    url: str
    secret: Annotated[str, Field(min_length=24), AfterValidator(_secret)]
    internal: bool = False


class Listening(Strict):
    """Where beats are heard; with a certificate, over HTTPS."""

    address: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8787
    certificate: Path | None = None
    key: Path | None = None


class Settings(Strict):
    """All of it. `state` is the file that remembers, from one start to the next, who was heard and what people were told."""

    v: Literal[1] = 1
    state: Path
    listen: Listening = Listening()
    town: Annotated[tuple[TownLine, ...], Field(min_length=1, max_length=500)]
    mail: Mail | None = None
    webhook: Webhook | None = None
    command: tuple[str, ...] = ()

    @property
    def towns(self) -> list[Town]:
        """Whom we watch over."""
        return [Town(each.name, each.key, each.silent_after) for each in self.town]


def read(path: Path) -> Settings:
    """Raises CommandError, which repeats no value of the file."""
    try:
        if path.stat().st_mode & 0o077:
            raise CommandError(f"{path} may hold passwords and others can read it: chmod 600 {path}")
        said = Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise CommandError(f"{path}, {'.'.join(map(str, first['loc'])) or 'whole'}: {first['msg']}") from None
    if len({town.key for town in said.town}) < len(said.town) or len({town.name for town in said.town}) < len(
        said.town
    ):
        raise CommandError(f"{path} names a town, or a key, twice")
    if not (said.mail or said.webhook or said.command):
        raise CommandError(f"{path} says nobody to tell: give [mail], [webhook] or command")
    if (said.listen.certificate is None) != (said.listen.key is None):
        raise CommandError(f"{path}: listen.certificate and listen.key go together")
    return said
