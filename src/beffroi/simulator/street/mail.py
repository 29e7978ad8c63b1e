"""The letters that the demonstration's mail server took, as a page: everybody's, or one person's."""

from html import escape
from importlib import resources
from string import Template

from beffroi.simulator.mailbox import Letter, Mailbox

SHOWN = 50
THOUSANDS = {"fr": "\N{NARROW NO-BREAK SPACE}", "en": ","}


def mail_page(mailbox: Mailbox, *, language: str, to: str) -> str:
    """The last letters, the newest first. What they hold is escaped; the words are ours."""
    count, letters = mailbox.standing()
    found = [letter for letter in letters if to in ("", letter.to)]
    folder = resources.files("beffroi.simulator.street")
    return Template((folder / f"mail.{language}.html").read_text(encoding="utf-8")).substitute(
        count=f"{count:,}".replace(",", THOUSANDS[language]),
        to=escape(to),
        letters="".join(_letter(each) for each in found[:SHOWN]),
        none="hidden" if found else "",
    )


def _letter(letter: Letter) -> str:
    return (
        f"<details class='letter'><summary><strong>{escape(letter.subject)}</strong> <span>{escape(letter.to)}</span></summary>"
        f"<pre>{escape(letter.text)}</pre></details>"
    )
