"""Who is looking: a frozen value, built once a request, that every query takes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a member may do inside one organisation. Installed rights, not job titles."""

    ADMINISTRATOR = "administrator"  # sets the authority up: people, organisations, conventions, devices
    AGENT = "agent"  # town staff: reads, follows, brings people to a decision
    OFFICIAL = (
        "official"  # elected (élu): reads what their authority does, until their mandate ends; administers nothing
    )
    OPERATOR = "operator"  # keeps watch (municipal police, supervision centre): the console, alerts, doubts
    DISPATCHER = "dispatcher"  # a firm's desk: enrols its technicians' phones, gives work orders
    TECHNICIAN = "technician"  # opens, with a work order
    MEMBER = "member"  # belongs, and is told: no other right


@dataclass(frozen=True, slots=True)
class Post:
    """One live membership: a role in an organisation; `authority` when that organisation is an authority's own, or is a service
    of its (municipal police) and the role is to keep watch.
    """

    organisation: UUID
    role: Role
    authority: UUID | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person (or nobody), their live posts and the conventions in force that bind their organisations, as of a moment.

    `agent` acts for them at the counter, under a mandate.
    """

    person: UUID | None
    posts: tuple[Post, ...]
    conventions: frozenset[UUID]
    as_of: datetime
    agent: UUID | None = None

    @property
    def anonymous(self) -> bool:
        """Nobody is logged in."""
        return self.person is None

    @property
    def known_person(self) -> UUID:
        """The person, where a page or an operation is for people who are logged in only."""
        if self.person is None:
            raise LookupError("nobody is logged in")
        return self.person

    @property
    def organisations(self) -> frozenset[UUID]:
        """Organisations with a live membership."""
        return frozenset(post.organisation for post in self.posts)

    def authorities(self, *roles: Role) -> frozenset[UUID]:
        """Authorities that the person serves, in one of the roles (any when none is named)."""
        return frozenset(post.authority for post in self.posts if post.authority and (not roles or post.role in roles))

    def organisations_as(self, *roles: Role) -> frozenset[UUID]:
        """Organisations in which the person holds one of the roles."""
        return frozenset(post.organisation for post in self.posts if post.role in roles)
