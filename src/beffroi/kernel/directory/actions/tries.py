"""Wrong passwords are counted before the directory is asked about them: it must never come to lock somebody's account because of us."""

from datetime import datetime, timedelta

from django.db import connection

from beffroi.kernel.directory.models import Try
from beffroi.persistence.acts import kernel_action


@kernel_action
def take_try(*, key: str, most: int, window: timedelta, now: datetime) -> Try | None:
    """One of the `most` tries that this key has within any `window`; None when none is left. It counts as wrong until given back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"directory.try {key}"])
    if Try.objects.filter(key=key, at__gt=now - window).count() >= most:
        return None
    return Try.objects.create(key=key, at=now)


@kernel_action
def give_back(*, tries: list[Try]) -> None:
    """The password was right, or the directory was never asked."""
    Try.objects.filter(pk__in=[each.pk for each in tries]).delete()


@kernel_action
def forget_tries(*, window: timedelta, now: datetime) -> int:
    """Those that count no more."""
    return Try.objects.filter(at__lte=now - window).delete()[0]
