"""Tells people that a town fell silent, or speaks again: by letter, by webhook, by a program of theirs."""

import asyncio
import html
import os
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from beffroi.adapters.http.client import GONE, Client
from beffroi.adapters.http.reach import Reach
from beffroi.adapters.mail.letter import Letter
from beffroi.adapters.mail.sender import Sender as Post
from beffroi.adapters.mail.server import MailServer
from beffroi.adapters.webhook.sender import Hook
from beffroi.adapters.webhook.sender import Sender as Hooks
from beffroi.cli.watchover.settings import Mail, Settings, Webhook
from beffroi.cli.watchover.vigil import Change
from beffroi.lib.clock import Clock
from beffroi.lib.handover import Outcome

COMMAND_WITHIN: Final = 20.0


async def tell(change: Change, settings: Settings, clock: Clock) -> dict[str, str]:
    """One attempt by every way at once; why each failed, "" for one that did not."""
    ways = {}
    if settings.mail is not None:
        ways["mail"] = _by_mail(change, settings.mail, clock)
    if settings.webhook is not None:
        ways["webhook"] = _by_webhook(change, settings.webhook, clock)
    if settings.command:
        ways["command"] = _by_command(change, settings.command)
    return dict(zip(ways, await asyncio.gather(*ways.values()), strict=True))


def identifier(change: Change) -> str:
    """The same at each attempt: a mailbox keeps one copy."""
    return f"{change.town.key[:16]}-{change.heard_at or 0}-{word(change)}"


def word(change: Change) -> str:
    """What programs are told."""
    return "silent" if change.silent else "back"


def text(change: Change) -> tuple[str, str]:
    """A subject and what there is to do, in French then in English: nobody says here which language people read."""
    name = change.town.name
    if not change.silent:
        return (
            f"{name} : le serveur Beffroi répond de nouveau / the Beffroi server is back",
            f"Le serveur Beffroi de {name} donne de nouveau signe de vie.\n\nThe Beffroi server of {name} gives signs of life again.\n",
        )
    heard = "jamais / never"
    if change.heard_at is not None:
        heard = datetime.fromtimestamp(change.heard_at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    body = (
        f"Le serveur Beffroi de {name} ne donne plus signe de vie (dernier signe : {heard}). Il est arrêté, coupé du réseau, ou "
        f"n’est plus en état d’alerter lui-même. Prévenez par téléphone qui l’administre ; sur place : « beffroi doctor ».\n\n"
        f"The Beffroi server of {name} gives no sign of life (last one: {heard}). It is down, cut off, or unable to alert people "
        f"itself. Call whoever looks after it; on the machine: `beffroi doctor`.\n"
    )
    return f"{name} : le serveur Beffroi ne répond plus / the Beffroi server is silent", body


async def _by_mail(change: Change, mail: Mail, clock: Clock) -> str:
    subject, body = text(change)
    post = Post(MailServer.read(mail.server), mail.sender, mail.sender.rpartition("@")[2])
    shown = "".join(f"<p>{html.escape(part)}</p>" for part in body.strip().split("\n\n"))
    letters = [
        Letter(to, subject, body, shown, "fr", f"{identifier(change)}-{number}", clock())
        for number, to in enumerate(mail.to)
    ]
    try:
        answers = [await post.send(letter) for letter in letters]
    finally:
        await post.close()
    taken = any(answer.outcome is Outcome.HANDED_OVER for answer in answers)
    return "" if taken else answers[0].fault


async def _by_webhook(change: Change, hook: Webhook, clock: Clock) -> str:
    reach = Reach(frozenset({urlsplit(hook.url).hostname or ""}) if hook.internal else frozenset())
    content = {"town": change.town.name, "event": word(change), "heard_at": change.heard_at, "text": text(change)[0]}
    async with Client(reach, clock, gone=GONE) as client:
        answer = await Hooks(client).send(Hook(hook.url, hook.secret, identifier(change), content))
    return "" if answer.outcome is Outcome.HANDED_OVER else answer.fault


async def _by_command(change: Change, command: tuple[str, ...]) -> str:
    """The town and the event are in its environment, never among its arguments; exit 0 is that somebody was told."""
    told = {"TOWN": change.town.name, "EVENT": word(change), "TEXT": text(change)[0]}
    try:
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **told}, stdin=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        return f"can't be started: {error.strerror}"
    try:
        async with asyncio.timeout(COMMAND_WITHIN):
            code = await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        return "hangs"
    return "" if code == 0 else f"exit {code}"
