"""Registers the entries' kinds, the sink of locks' events, the deadline of an open door, alerts, and who may be relayed to a lock."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CabinetsConfig(AppConfig):
    """Street cabinets."""

    name = "beffroi.systems.cabinets"
    label = "cabinets"

    def ready(self) -> None:
        """Kinds, jobs, access."""
        from beffroi.kernel.devices import registry as devices  # noqa: PLC0415 - models must be loaded first
        from beffroi.persistence import feeds, layers  # noqa: PLC0415 - as above
        from beffroi.systems.cabinets import jobs, keeping, registry, rules  # noqa: PLC0415 - models must be loaded first
        from beffroi.systems.cabinets.queries.cabinets import may_relay, on_the_map  # noqa: PLC0415 - as above
        from beffroi.systems.cabinets.queries.history import lately  # noqa: PLC0415 - as above

        registry.register_kinds()
        registry.register_places()
        layers.register_layer(
            layers.MapLayer(rules.SYSTEM, _("Cabinets"), "cabinet", 10, registry.town_or_desk, on_the_map)
        )
        feeds.register_feed(feeds.Feed(rules.SYSTEM, lately))
        keeping.register()
        devices.register_device_kind(rules.DEVICE_KIND, "The lock of a street cabinet.")
        jobs.register_jobs()
        devices.register_gate_access(rules.DEVICE_KIND, may_relay)
