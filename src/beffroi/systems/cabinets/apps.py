"""Registers the entries' kinds, the sink of locks' events and who may be relayed to a lock."""

from django.apps import AppConfig


class CabinetsConfig(AppConfig):
    """Street cabinets."""

    name = "beffroi.systems.cabinets"
    label = "cabinets"

    def ready(self) -> None:
        """Kinds, sink, access."""
        from beffroi.kernel.devices.registry import register_device_kind, register_gate_access, register_sink  # noqa: PLC0415
        from beffroi.systems.cabinets import jobs, queries, registry, rules  # noqa: PLC0415 - models must be loaded first

        registry.register_kinds()
        registry.register_places()
        register_device_kind(rules.DEVICE_KIND, "The lock of a street cabinet.")
        register_sink("cabinets", jobs.EVENTS, jobs.on_event)
        register_gate_access(rules.DEVICE_KIND, queries.may_relay)
