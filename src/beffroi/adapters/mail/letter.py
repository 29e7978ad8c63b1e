"""What a letter holds, and how it is written for SMTP."""

from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError, MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime


class UnwritableError(ValueError):
    """An address that can't stand in a letter."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message for one person. `identifier` and `thread` are the same at each attempt: a mailbox keeps one copy, in one conversation.

    `settings` is the page where its reader can change what is sent.
    """

    to: str
    subject: str
    text: str
    html: str
    language: str
    identifier: str
    date: datetime
    thread: str | None = None
    settings: str | None = None


def written(letter: Letter, *, sender: str, host: str) -> EmailMessage:
    """The letter as a message; raises UnwritableError for an address that isn't one."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address(addr_spec=sender)
        message["To"] = Address(addr_spec=letter.to)
        letter.to.encode("ascii")
    except (MessageError, HeaderParseError, ValueError, IndexError) as error:
        raise UnwritableError("an address can't be written") from error
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = f"<{letter.identifier}@{host}>"
    if letter.thread is not None:
        message["In-Reply-To"] = message["References"] = f"<{letter.thread}@{host}>"
    # RFC 3834: no holiday message answers this one.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["List-Id"] = f"<alerts.{host}>"
    if letter.settings is not None:
        message["List-Unsubscribe"] = f"<{letter.settings}>"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    message["Content-Language"] = letter.language
    return message
