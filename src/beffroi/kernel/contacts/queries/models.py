"""Models of contacts that an authority may register: the release's, those of the installation's file, and its own."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from beffroi.adapters.sensors.codec import Model as SensorModel
from beffroi.adapters.sensors.saying import SensorError
from beffroi.adapters.sensors.table import described_text
from beffroi.kernel.contacts.models import Contact, OwnModel
from beffroi.kernel.contacts.registry import models
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden

# A model that is described no more: nothing better is known of it.
ANY_BEAT: Final = timedelta(days=1)


def models_of(authority: UUID) -> Mapping[str, SensorModel]:
    """By code. One that this release can't read any more is left out: its contacts say that their model isn't described."""
    own: dict[str, SensorModel] = {}
    for row in OwnModel.objects.filter(authority=authority):
        with suppress(SensorError):
            own[row.code] = described_text(row.description)
    return {**own, **models()}


class Beats:
    """How often each contact is to speak; an authority's models are read once."""

    def __init__(self) -> None:
        self._models: dict[UUID, Mapping[str, SensorModel]] = {}

    def of(self, row: Contact) -> timedelta:
        """As it was set, else as its model does, else once a day."""
        if row.beat_minutes is not None:
            return timedelta(minutes=row.beat_minutes)
        known = self.model(row)
        return known.beat if known else ANY_BEAT

    def model(self, row: Contact) -> SensorModel | None:
        """None when it is described no more."""
        if row.authority_id not in self._models:
            self._models[row.authority_id] = models_of(row.authority_id)
        return self._models[row.authority_id].get(row.model)


def own_models(viewer: Viewer) -> QuerySet[OwnModel]:
    """Those that the viewer may change."""
    rows = OwnModel.objects.filter(authority_id__in=viewer.authorities(Role.ADMINISTRATOR))
    return rows.select_related("authority").order_by("code", "id")


def own_model(viewer: Viewer, pk: UUID) -> OwnModel:
    """Raises Hidden."""
    row = own_models(viewer).filter(pk=pk).first()
    if row is None:
        raise Hidden
    return row


def used_by(row: OwnModel) -> int:
    """How many contacts in service are of it."""
    return Contact.objects.filter(authority_id=row.authority_id, model=row.code, retired_at__isnull=True).count()
