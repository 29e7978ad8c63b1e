"""Devices that hang from keys no longer in force, or have not heard of those that are: by identity, for the minter and commands."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from beffroi.kernel.devices.models import Device, DeviceState
from beffroi.kernel.grants.queries import authorities_with_keys, read_keyset
from beffroi.protocol.v1.certificate import certificates_signed_by
from beffroi.protocol.v1.keyset import Use

IN_FIELD = (DeviceState.CERTIFIED, DeviceState.COMMISSIONED)


def fallen_certificates(rows: QuerySet[Device], now: datetime) -> QuerySet[Device]:
    """Those of these devices whose certificate was signed by a key that their authority's set names no more, or whose time is over, while
    another can sign.
    """
    fallen = Q(pk__in=())
    for authority in authorities_with_keys():
        keyset = read_keyset(authority)
        alive = keyset.alive(Use.DEVICE_CERTIFICATE, int(now.timestamp())) if keyset else ()
        standing = Q(pk__in=())
        for key in alive:
            standing |= Q(certificate__startswith=certificates_signed_by(key.kid))
        if alive:
            fallen |= Q(authority_id=authority) & ~standing
    return rows.filter(fallen, state__in=IN_FIELD)


def devices_to_certify_again(most: int, now: datetime) -> list[tuple[UUID, UUID]]:
    """(authority, device) of those, at most so many."""
    rows = fallen_certificates(Device.objects.all(), now).order_by("registered_at", "id")
    return list(rows.values_list("authority_id", "id")[:most])


def devices_unaware(*, authority: UUID, keyset: int) -> list[str]:
    """The names of the devices in service that, as far as they said, hold an older key set than this."""
    rows = Device.objects.filter(authority_id=authority, state=DeviceState.COMMISSIONED, head__keyset__lt=keyset)
    return list(rows.order_by("name", "id").values_list("name", flat=True))
