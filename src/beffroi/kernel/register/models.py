"""Entry and leaf are insert only: the application's role cannot do otherwise. Payload can be deleted; head is one row a log.

No foreign key, not even among themselves: the register outlives what it speaks of, and its rows are bound by hashes.
A log is named by its authority's id, or "installation".
"""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class TransactionNumber(models.Func):
    """The running transaction's number: tells the sequencer which entries an earlier look may not have seen."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()


class NextNumber(models.Func):
    """Order of insertion; only the order within one look of the sequencer rests on it, never what it has seen."""

    template = "nextval('register_entry_number')"
    output_field = models.BigIntegerField()


class Entry(models.Model):
    """One act. `body` is the leaf: commitments only. The migration also holds `at` to the minute."""

    id = models.UUIDField(primary_key=True)
    log = models.CharField(max_length=36)
    kind = models.CharField(max_length=64)
    at = models.DateTimeField()
    body = models.BinaryField()
    number = models.BigIntegerField(db_default=NextNumber())
    transaction = models.BigIntegerField(db_default=TransactionNumber())

    class Meta:
        verbose_name = _("register entry")
        indexes: ClassVar = [
            models.Index(fields=["transaction"], name="register_entry_transaction"),
            BrinIndex(fields=["at"], name="register_entry_age", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Leaf(models.Model):
    """An entry's place in its log. A closed log's leaves stay; a new generation numbers again from 0."""

    pk = models.CompositePrimaryKey("log", "generation", "index")
    log = models.CharField(max_length=36)
    generation = models.PositiveIntegerField(default=1)
    index = models.BigIntegerField()
    entry = models.UUIDField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("leaf")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "generation"], name="register_leaf_entry"),
            models.CheckConstraint(
                condition=models.Q(index__gte=0),
                name="register_leaf_index",
                violation_error_message=_("A place in a log is counted from 0."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.log}/{self.generation}/{self.index}"


class Payload(models.Model):
    """Values and salts of an entry: `{"name": {"value": …, "salt": …}}`; deleted by erasure, never otherwise."""

    entry = models.UUIDField(primary_key=True)
    log = models.CharField(max_length=36)
    fields = models.JSONField()
    grant = models.UUIDField(null=True)
    mandate = models.UUIDField(null=True)
    holder = models.CharField(max_length=43, null=True)  # noqa: DJ001 - absent and empty are not the same here

    class Meta:
        verbose_name = _("payload")
        indexes: ClassVar = [
            models.Index(fields=["grant"], name="register_payload_grant", condition=models.Q(grant__isnull=False)),
            models.Index(
                fields=["mandate"], name="register_payload_mandate", condition=models.Q(mandate__isnull=False)
            ),
            models.Index(fields=["holder"], name="register_payload_holder", condition=models.Q(holder__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.entry)


class Head(models.Model):
    """How far a generation of a log is numbered: locked by the sequencer, and what its next signature must extend.

    `frontier` is the roots of the perfect subtrees of the tree of `size` leaves, largest first, 32 bytes each.
    """

    pk = models.CompositePrimaryKey("log", "generation")
    log = models.CharField(max_length=36)
    generation = models.PositiveIntegerField(default=1)
    origin = models.CharField(max_length=255)
    size = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=b"")
    closed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("head of a log")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log"], condition=models.Q(closed=False), name="register_head_open"),
            models.CheckConstraint(
                condition=models.Q(size__gte=0),
                name="register_head_size",
                violation_error_message=_("A log has no negative size."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin} ({self.size})"
