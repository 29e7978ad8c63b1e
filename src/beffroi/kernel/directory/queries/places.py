"""Whose directory this is, and where."""

from uuid import UUID

from django.conf import settings

from beffroi.adapters.directory import Place
from beffroi.kernel.territory.queries.authorities import authority_named


def place() -> Place | None:
    """Where the town's directory is asked; None where none is set up."""
    found: Place | None = settings.BEFFROI_DIRECTORY
    return found


def owner() -> UUID | None:
    """The authority whose directory it is; None where an installation has several and none is named."""
    return authority_named(settings.BEFFROI_DIRECTORY_AUTHORITY or None)
