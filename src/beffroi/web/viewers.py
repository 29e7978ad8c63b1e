"""Builds the viewer, once a request."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.grants.queries import live_conventions
from beffroi.kernel.territory.queries import live_posts
from beffroi.lib.viewer import Role, Viewer


def viewer_for(*, person: UUID | None, as_of: datetime) -> Viewer:
    """Who looks, with their live posts and the conventions in force that bind the organisations where they have a right."""
    if person is None:
        return Viewer(person=None, posts=(), conventions=frozenset(), as_of=as_of)
    posts = live_posts(person=person, as_of=as_of)
    bound = {post.organisation for post in posts if post.role is not Role.MEMBER}
    conventions = live_conventions(organisations=bound, as_of=as_of)
    return Viewer(person=person, posts=posts, conventions=conventions, as_of=as_of)
