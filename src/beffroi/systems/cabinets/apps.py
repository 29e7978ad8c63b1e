"""Registers the entries' kinds, the sink of locks' events and who may be relayed to a lock."""

from django.apps import AppConfig


class CabinetsConfig(AppConfig):
    """Street cabinets."""

    name = "beffroi.systems.cabinets"
    label = "cabinets"

    def ready(self) -> None:
        """Kinds, sink, access."""
        from beffroi.kernel.devices import registry as devices  # noqa: PLC0415 - models must be loaded first
        from beffroi.systems.cabinets import jobs, keeping, registry, rules  # noqa: PLC0415 - models must be loaded first
        from beffroi.systems.cabinets.queries.cabinets import may_relay  # noqa: PLC0415 - as above

        registry.register_kinds()
        registry.register_places()
        keeping.register()
        devices.register_device_kind(rules.DEVICE_KIND, "The lock of a street cabinet.")
        devices.register_sink("cabinets", jobs.EVENTS, jobs.on_event)
        devices.register_gate_access(rules.DEVICE_KIND, may_relay)
