"""Builds the viewer, once a request."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.grants.queries import live_conventions
from beffroi.kernel.territory.queries.posts import live_posts
from beffroi.lib.viewer import Post, Role, Viewer

# What a member does for themselves, with their own phone or account.
OWN = frozenset({Role.MEMBER, Role.TECHNICIAN})


def viewer_for(*, person: UUID | None, as_of: datetime, agent: UUID | None = None) -> Viewer:
    """Who looks, with their live posts and the conventions in force that bind the organisations where they have a right.

    An agent who acts for them holds what they hold for themselves, never the posts of a desk, a watch or an office.
    """
    if person is None:
        return Viewer(person=None, posts=(), conventions=frozenset(), as_of=as_of)
    posts = live_posts(person=person, as_of=as_of)
    if agent is not None:
        posts = tuple(post for post in posts if post.role in OWN)
    return Viewer(person=person, posts=posts, conventions=_bound(posts, as_of), as_of=as_of, agent=agent)


def viewer_as(post: Post, *, as_of: datetime) -> Viewer:
    """Whoever holds that post, and nothing else: to say what anybody there may see."""
    return Viewer(person=None, posts=(post,), conventions=_bound((post,), as_of), as_of=as_of)


def _bound(posts: tuple[Post, ...], as_of: datetime) -> frozenset[UUID]:
    bound = {post.organisation for post in posts if post.role is not Role.MEMBER}
    return live_conventions(organisations=bound, as_of=as_of)
