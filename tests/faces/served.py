"""Every page that the matrix's town serves to somebody: what the tests of the faces look at, so that a new page can't be forgotten."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import AnonymousUser
from django.test import Client, override_settings

from beffroi.kernel.counter.rules import SESSION_KEY
from tests.matrix import table, world
from tests.matrix.table import ROLES
from tests.matrix.towns import World, build

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
LANGUAGES = ("fr", "en")
# Who has most to see first; who has least last.
BY_SIGHT = (*(role for role in ROLES if role != "anonymous"), "anonymous")


@dataclass(frozen=True, order=True)
class Seen:
    """A page as one role is served it."""

    route: str
    role: str

    def __str__(self) -> str:
        return f"{self.route}, {self.role}"


def widely() -> list[Seen]:
    """Each page as whoever sees most of it, and as whoever sees least."""
    return sorted(
        {seen for route, roles in _served().items() for seen in (Seen(route, roles[0]), Seen(route, roles[-1]))}
    )


def once() -> list[Seen]:
    """Each page once, as whoever sees most of it."""
    return sorted(Seen(route, roles[0]) for route, roles in _served().items())


def _served() -> dict[str, list[str]]:
    return {
        row.path: roles
        for row in table.rows()
        if row.method == "GET" and not row.path.startswith("/api/")
        if (roles := [role for role in BY_SIGHT if row.outcomes[role] == "200"])
    }


def address(town: World, route: str) -> str:
    """Where the page is, about the world's own things."""
    return PARAMETER.sub(lambda found: str(world.parameter(town, route, found[1])), route)


@contextmanager
def built(folder: Path) -> Iterator[World]:
    """The matrix's town, in whichever database is Django's now."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):  # nobody types one here
        yield build(folder)


def client(town: World, role: str, language: str) -> Client:
    """A browser of theirs, without a browser."""
    visitor = Client(headers={"accept-language": language})
    person = town.people[role]
    if not isinstance(person, AnonymousUser):
        visitor.force_login(person)
    if role == "counter":
        session = visitor.session
        session[SESSION_KEY] = str(town.mandate)
        session.save()
    return visitor


def html(town: World, visitor: Client, route: str) -> str | None:
    """The page as it is served; None for what isn't one (a file, a part of one, a document for programs, a live stream).

    That whoever should be served is served is for tests/matrix to see.
    """
    response = visitor.get(address(town, route), world.query(town, route))
    kind = response.headers.get("Content-Type", "")
    if (
        response.status_code != 200
        or not kind.startswith("text/html")
        or "attachment" in response.headers.get("Content-Disposition", "")
    ):
        response.close()
        return None
    page = response.content.decode()
    return page if "<html" in page else None
