"""What cabinets do for what their locks say: a sink of devices, once for each event."""

from beffroi.kernel.devices.registry import StoredEvent
from beffroi.systems.cabinets.actions.events import take_event

EVENTS = ("use-admitted", "use-refused", "boot", "opened", "closed", "forced", "battery")


def on_event(event: StoredEvent) -> None:
    """Hand the event to the action; the sink's task ends in the same transaction."""
    take_event(event=event)
