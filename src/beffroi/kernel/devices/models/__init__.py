"""Fields and constraints of devices, their events, what waits for them and what they are told; no workflow. `authority` leads every key."""

from beffroi.kernel.devices.models.logs import DeviceEvent, Hole, HoleState, SignedBatch, SinkTask
from beffroi.kernel.devices.models.serving import Beat, Box, Lapse, Sources
from beffroi.kernel.devices.models.telling import Command, CommandState, RefusedInput, RelayUse
from beffroi.kernel.devices.models.things import (
    Condition,
    ConditionState,
    Device,
    DeviceState,
    Head,
    Listening,
)

__all__ = [
    "Beat",
    "Box",
    "Command",
    "CommandState",
    "Condition",
    "ConditionState",
    "Device",
    "DeviceEvent",
    "DeviceState",
    "Head",
    "Hole",
    "HoleState",
    "Lapse",
    "Listening",
    "RefusedInput",
    "RelayUse",
    "SignedBatch",
    "SinkTask",
    "Sources",
]
