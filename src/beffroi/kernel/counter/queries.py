"""What an agent may find at the counter, the mandate in hand, and what was done for somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.counter.models import Inhabitant, Mandate
from beffroi.kernel.counter.registry import DONE, register_done
from beffroi.kernel.counter.rules import GRACE, LETTERS, MOST_FOUND, Ending
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.register.queries.payloads import openings_of
from beffroi.kernel.register.registry import KINDS, kind_named
from beffroi.kernel.territory.models import Authority, Membership
from beffroi.kernel.territory.queries.invitations import hindrance
from beffroi.kernel.territory.queries.posts import in_force, live_posts
from beffroi.lib.viewer import Role, Viewer

SERVING = (Role.AGENT, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody the counter found: enough to tell two people of one name apart, no more."""

    person: UUID
    name: str
    hint: str


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done for somebody."""

    entry: UUID
    at: datetime
    words: str | Promise
    authority: str


def has_counter(viewer: Viewer) -> bool:
    """Whether the viewer serves people at some authority's counter."""
    return bool(viewer.authorities(*SERVING))


def may_have_way_in(viewer: Viewer) -> bool:
    """Whether the person for whom an agent acts may be invited to log in by themselves."""
    return viewer.agent is not None and hindrance(viewer.known_person) is None


def counters(viewer: Viewer) -> list[Authority]:
    """Authorities at whose counter the viewer serves."""
    return list(Authority.objects.filter(pk__in=viewer.authorities(*SERVING)).order_by("name", "id"))


def counter_at(viewer: Viewer, slug: str) -> Authority | None:
    """The authority of that short name, for those who serve at its counter."""
    return next((authority for authority in counters(viewer) if authority.slug == slug), None)


def find(viewer: Viewer, authority: Authority, words: str) -> list[Found]:
    """At most ten people: by the whole e-mail address whoever they are, by three letters of the name those whom this authority knows."""
    words = words.strip()
    if len(words) < LETTERS:
        return []
    staff = in_force(
        Membership.objects.filter(Q(organisation__authority=authority) | Q(organisation__serves=authority)),
        viewer.as_of,
    )
    known = Q(pk__in=Inhabitant.objects.filter(authority=authority).values("person")) | Q(pk__in=staff.values("person"))
    asked = Q(email__iexact=words) if "@" in words else known & Q(name__icontains=words)
    people = Person.objects.filter(asked, is_active=True).exclude(pk=viewer.known_person).order_by("name", "id")
    return [Found(person.pk, person.name, masked(person.email)) for person in people[:MOST_FOUND]]


def served_person(viewer: Viewer, person: UUID) -> Found | None:
    """Somebody whose file was opened; None once their account is closed, and for oneself."""
    row = Person.objects.filter(pk=person, is_active=True).exclude(pk=viewer.known_person).first()
    return Found(row.pk, row.name, masked(row.email)) if row else None


def masked(email: str) -> str:
    """An address that its owner recognises, and from which nobody learns it; what there is to say when there is none."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}…{at}{domain}" if email else _("no e-mail address")


def mandate_of(identifier: UUID) -> Mandate | None:
    """The mandate that a session says it acts under, with the names it is shown by."""
    rows = Mandate.objects.select_related("authority__organisation", "agent", "person")
    return rows.filter(pk=identifier).first()


def unended(mandate: Mandate) -> bool:
    """Whether nobody has ended it meanwhile."""
    return Mandate.objects.filter(pk=mandate.pk, ended_at=None).exists()


def why_over(mandate: Mandate, now: datetime) -> Ending | None:
    """Why the mandate is over, None while it lives: somebody ended it, its time, the person's account or the agent's post did."""
    if mandate.ended_at is not None:
        return Ending(mandate.ending)
    if mandate.until <= now:
        return Ending.TIME
    if not mandate.person.is_active:
        return Ending.CLOSED
    posts = live_posts(person=mandate.agent_id, as_of=now)
    serving = any(post.authority == mandate.authority_id and post.role in SERVING for post in posts)
    return None if serving else Ending.POST


def lapsed_mandate(viewer: Viewer, identifier: UUID) -> Mandate | None:
    """One of the viewer's own, whose time was over a short while ago: it may be taken up again."""
    rows = Mandate.objects.filter(
        pk=identifier, agent=viewer.person, ending=Ending.TIME.value, until__gt=viewer.as_of - GRACE
    )
    mandate = rows.select_related("authority", "person").first()
    return mandate if mandate and mandate.authority_id in viewer.authorities(*SERVING) else None


def done_under(mandate: Mandate) -> list[Done]:
    """What was done under one mandate, in order: the paper that the person takes home."""
    entries = list(Payload.objects.filter(mandate=mandate.pk).values_list("entry", flat=True))
    return _told(entries, oldest_first=True)


def done_for(viewer: Viewer, *, number: str | None, size: int) -> tuple[Page[UUID], list[Done]]:
    """A page of what was done for the viewer, the latest first."""
    entries = Entry.objects.filter(pk__in=_entries_for(viewer)).order_by("-at", "-number").values_list("id", flat=True)
    page = Paginator(entries, size).get_page(number)
    return page, _told(list(page.object_list), oldest_first=False)


def done_for_me(viewer: Viewer, entry: UUID) -> bool:
    """Whether the entry tells of something done for the viewer: then its receipt is theirs."""
    return Payload.objects.filter(pk=entry, pk__in=_entries_for(viewer)).exists()


def register_ways_in() -> None:
    """In which words somebody is told of the ways in that they were given at the counter: entries of the invitations."""
    register_done("invitation.to-account", gettext_lazy("You were invited to log in by yourself"))
    register_done("invitation.renewed", gettext_lazy("You were given another code to log in by yourself"))
    register_done("invitation.withdrawn", gettext_lazy("The code that you were given to log in is void"))


def _entries_for(viewer: Viewer) -> list[UUID]:
    mandates = Mandate.objects.filter(person=viewer.known_person).values("pk")
    return list(Payload.objects.filter(mandate__in=mandates).values_list("entry", flat=True))


def _words(kind: str) -> str:
    """What the register says of a kind, when nobody said it to the person."""
    return str(kind_named(kind).description) if kind in KINDS and kind != "mandate.used" else _("Something was changed")


def _told(entries: Sequence[UUID], *, oldest_first: bool) -> list[Done]:
    rows = list(Entry.objects.filter(pk__in=entries).order_by("number" if oldest_first else "-number"))
    opened = openings_of(row.id for row in rows)
    mandates = {
        str(mandate.pk): mandate.authority.name
        for mandate in Mandate.objects.filter(
            pk__in=[str(values["mandate"].value) for values in opened.values()]
        ).select_related("authority")
    }
    told = []
    for row in rows:
        values = opened.get(row.id)
        if values is None:
            continue
        act = str(values["act"].value) if row.kind == "mandate.used" else row.kind
        words = DONE.get(act) or _words(row.kind)
        told.append(Done(row.id, row.at, words, mandates.get(str(values["mandate"].value), "")))
    return told
