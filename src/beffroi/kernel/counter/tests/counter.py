"""A town hall's counter for tests: an agent's browser, and somebody who comes to it."""

from dataclasses import dataclass

from django.test import Client

from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.counter.actions import open_account
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

ENGLISH = {"accept-language": "en"}


@dataclass(frozen=True)
class Counter:
    """Meaux's counter, its agent and their browser; Jeanne, whom it knows and who has no address."""

    authority: Authority
    agent: Person
    browser: Client
    jeanne: Person


def opened(slug: str = "meaux") -> Counter:
    """A counter with nobody at it yet."""
    authority = make_authority(slug)
    agent = make_member("Agnès Roche", authority.organisation, Role.AGENT)
    jeanne = open_account(
        authority=authority.pk, name="Jeanne Martin", email="", language="fr", now=utc_now(), by=agent.pk
    )
    return Counter(authority, agent, logged_in(agent), jeanne)


def logged_in(person: Person, *, csrf: bool = False) -> Client:
    """A browser of that person's."""
    client = Client(headers=ENGLISH, enforce_csrf_checks=csrf)
    client.force_login(person)
    return client


def look_up(browser: Client, slug: str, words: str, person: Person) -> int:
    """Find somebody by these words and open their file."""
    browser.post(f"/counter/{slug}/", {"words": words})
    return browser.post(f"/counter/{slug}/open/", {"person": str(person.pk)}).status_code


def act_for(counter: Counter, person: Person | None = None, browser: Client | None = None) -> None:
    """From the counter to the person's own pages, as the agent goes."""
    whom, client, slug = person or counter.jeanne, browser or counter.browser, counter.authority.slug
    assert look_up(client, slug, whom.email or whom.name, whom) == 302
    said = {"why": "in-person", "identity": "seen", "confirmed": "on"}
    assert client.post(f"/counter/{slug}/people/{whom.pk}/", said).status_code == 302


def text(client: Client, address: str, status: int = 200) -> str:
    """What a page says."""
    response = client.get(address)
    assert response.status_code == status, (address, response.status_code)
    return response.content.decode()


def values(kind: str) -> list[dict[str, object]]:
    """What the entries of a kind say, oldest first."""
    rows = Entry.objects.filter(kind=kind).order_by("number").values_list("id", flat=True)
    payloads = Payload.objects.in_bulk(list(rows))
    return [{name: item["value"] for name, item in payloads[row].fields.items()} for row in rows]


def stranger() -> Person:
    """Somebody with an account whom no counter knows."""
    return make_person("Jeanne Martinet", email="jeanne.martinet@example.org")
