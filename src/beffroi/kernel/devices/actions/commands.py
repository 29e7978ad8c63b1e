"""Telling a device something: asked by somebody, signed by the ingest process one after the other, closed by the device's own event."""

from datetime import datetime
from uuid import UUID

from django.db.models import Max

from beffroi.adapters.keystore import SigningKey
from beffroi.kernel.devices.errors import CommandUnknown, DeviceNotReady
from beffroi.kernel.devices.models import Command, CommandState, Device, DeviceState, Head
from beffroi.kernel.devices.registry import COMMANDS, TOPIC, Argument
from beffroi.kernel.devices.rules import COMMAND_LIFE
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.live import changed
from beffroi.protocol.v1.members import is_slug
from beffroi.protocol.v1.messages import Command as CommandMessage
from beffroi.protocol.v1.messages import make_command
from beffroi.protocol.v1.strictjson import MAX_INTEGER

DONE = "done"


@kernel_action
def command_device(
    *, device: UUID, action: str, arguments: dict[str, int | str], now: datetime, by: UUID | None
) -> Command:
    """Ask that a device be told something, within an hour. Raises CommandUnknown, DeviceNotReady."""
    row = Device.objects.get(pk=device)
    if row.state != DeviceState.COMMISSIONED:
        raise DeviceNotReady(row.state)
    kind = COMMANDS.get(action)
    if kind is None or (kind.kinds is not None and row.kind not in kind.kinds):
        raise CommandUnknown(action)
    if arguments.keys() != kind.arguments.keys():
        raise CommandUnknown(f"{action} takes {sorted(kind.arguments)}")
    for name, form in kind.arguments.items():
        if not _fits(form, arguments[name]):
            raise CommandUnknown(f"{action}: {name} is not a {form}")
    command = Command.objects.create(
        authority_id=row.authority_id,
        device=row,
        action=action,
        arguments=arguments,
        asked_by=by,
        asked_at=now,
        expires_at=now + COMMAND_LIFE,
    )
    record(
        kind="command.asked",
        authority=row.authority_id,
        by=by,
        fields={"device": str(row.id), "command": command.id, "action": action},
        now=now,
    )
    _say_changed(row.authority_id, row.id)
    return command


def _say_changed(authority: UUID, device: UUID) -> None:
    changed(authority=authority, topic=TOPIC, subjects=[device])


def _fits(form: Argument, value: int | str) -> bool:
    if form == "id":
        return is_slug(value)
    if form == "moment" and value == "unknown":
        return True
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INTEGER


@kernel_action
def sign_next_command(*, device: UUID, signer: SigningKey, keyset: int, now: datetime) -> str:
    """Number and sign the device's next command; empty when one is under way or none waits. Delivery, exempt from the register.

    One after the other: a device takes commands in the order of their numbers, and one overtaken would be lost.
    """
    head = Head.objects.select_for_update().get(device_id=device)
    rows = Command.objects.filter(authority_id=head.authority_id, device_id=device)
    rows.filter(state__in=[CommandState.ASKED, CommandState.SENT], expires_at__lte=now).update(
        state=CommandState.EXPIRED
    )
    if rows.filter(state=CommandState.SENT).exists():
        return ""
    command = rows.filter(state=CommandState.ASKED).order_by("asked_at", "id").first()
    if command is None:
        return ""
    last = rows.filter(key_set=keyset).aggregate(last=Max("number"))["last"] or 0
    command.key_set, command.number = keyset, last + 1
    command.token = make_command(
        CommandMessage(
            device=str(device),
            id=str(command.id),
            action=command.action,
            arguments=tuple(sorted(command.arguments.items())),
            issued=int(now.timestamp()),
            expires=int(command.expires_at.timestamp()),
            keyset=keyset,
            number=last + 1,
        ),
        kid=signer.kid,
        signer=signer.private,
    )
    command.state, command.sent_at = CommandState.SENT, now
    command.save(update_fields=["key_set", "number", "token", "state", "sent_at"])
    _say_changed(command.authority_id, device)
    return command.token


@kernel_action
def close_command(*, device: UUID, command: str, outcome: str) -> None:
    """Keep what a device says it did with a command; one that is not under way is left as it is. Delivery, exempt from the register."""
    state = CommandState.DONE if outcome == DONE else CommandState.REFUSED
    rows = Command.objects.filter(device_id=device, state=CommandState.SENT)
    for row in rows:
        if str(row.id) == command:
            row.state, row.outcome = state, outcome
            row.save(update_fields=["state", "outcome"])
            _say_changed(row.authority_id, device)
