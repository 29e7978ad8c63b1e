"""What an authority says of models that no release knows."""

import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from beffroi.adapters.sensors.saying import SensorError
from beffroi.adapters.sensors.table import described_text
from beffroi.kernel.contacts.errors import ModelInUse, ModelUnfit
from beffroi.kernel.contacts.models import Contact, OwnModel
from beffroi.kernel.contacts.registry import models
from beffroi.kernel.contacts.rules import MOST_MODELS
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action

TAKEN: Final = "another model has this code already: choose another one"


@system_action
def describe_model(
    *, authority: UUID, model: UUID | None, description: str, by: UUID | None, now: datetime
) -> OwnModel:
    """Say what the bytes of a model mean; of `model`, one's own, say it anew, under the same code.

    Raises ModelUnfit.
    """
    try:
        read = described_text(description)
    except SensorError as error:
        raise ModelUnfit(str(error)) from None
    rows = OwnModel.objects.select_for_update().filter(authority_id=authority)
    row = rows.get(pk=model) if model else OwnModel(authority_id=authority, code=read.code)
    if model and row.code != read.code:
        raise ModelUnfit(f"its code is {row.code}: contacts are registered under it")
    if read.code in models():
        raise ModelUnfit(TAKEN)
    if not model and rows.count() >= MOST_MODELS:
        raise ModelUnfit(f"{MOST_MODELS} models at most")
    row.description, row.written_at = description, now
    row.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise ModelUnfit(TAKEN) from None
    digest = hashlib.sha256(description.encode()).hexdigest()
    fields = {"model": row.code, "digest": digest}
    record(kind="contact.model-described", authority=authority, by=by, fields=fields, now=now)
    return row


@system_action
def remove_model(*, authority: UUID, model: UUID, by: UUID | None, now: datetime) -> None:
    """Forget a model of one's own. Raises ModelInUse."""
    row = OwnModel.objects.select_for_update().get(authority_id=authority, pk=model)
    if Contact.objects.filter(authority_id=authority, model=row.code, retired_at__isnull=True).exists():
        raise ModelInUse(row.code)
    row.delete()
    record(kind="contact.model-removed", authority=authority, by=by, fields={"model": row.code}, now=now)
