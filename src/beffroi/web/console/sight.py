"""What one screen may see, built anew from the session it was opened with."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from beffroi.kernel.grants.queries import authorities_of_conventions
from beffroi.lib.viewer import Role, Viewer
from beffroi.web.factors import may_go_on
from beffroi.web.viewers import viewer_for


@dataclass(frozen=True, slots=True)
class Sight:
    """A viewer, and the authorities whose changes can concern them; each topic then says what they may see."""

    viewer: Viewer
    authorities: frozenset[UUID]

    def same_rights(self, other: "Sight") -> bool:
        """Whether nothing but the moment differs."""
        mine, theirs = self.viewer, other.viewer
        return (mine.posts, mine.conventions, self.authorities) == (theirs.posts, theirs.conventions, other.authorities)


def has_console(viewer: Viewer) -> bool:
    """The authority's own people and those who keep watch for it; a firm's desk while a convention is in force."""
    town = viewer.authorities(Role.OPERATOR, Role.AGENT, Role.ADMINISTRATOR)
    return bool(town or (viewer.conventions and viewer.organisations_as(Role.DISPATCHER)))


def sight_of(viewer: Viewer) -> Sight:
    """The sight of somebody who has the console."""
    return Sight(viewer, viewer.authorities() | authorities_of_conventions(viewer))


def look_again(*, session: str, person: UUID, as_of: datetime) -> Sight | None:
    """The sight as it is now; None when the session is over, the password was changed, a second factor is asked for or nothing may be
    seen any more.
    """
    request = HttpRequest()
    request.session = SessionStore(session)
    user = get_user(request)
    if not user.is_authenticated or user.pk != person:
        return None
    request.user = user
    viewer = viewer_for(person=person, as_of=as_of)
    return sight_of(viewer) if has_console(viewer) and may_go_on(request, viewer) else None
