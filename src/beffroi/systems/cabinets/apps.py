"""Registers the entries' kinds, the sink of locks' events, the deadline of an open door, alerts, and who may be relayed to a lock."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from beffroi.lib.viewer import Role


class CabinetsConfig(AppConfig):
    """Street cabinets."""

    name = "beffroi.systems.cabinets"
    label = "cabinets"

    def ready(self) -> None:
        """Kinds, jobs, access."""
        from beffroi.kernel.devices import registry as devices  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.register.registry import register_namer  # noqa: PLC0415 - as above
        from beffroi.persistence import feeds, layers, papers, waiting  # noqa: PLC0415 - as above
        from beffroi.persistence.steps import register_step  # noqa: PLC0415 - as above
        from beffroi.systems.cabinets import jobs, keeping, registry, rules  # noqa: PLC0415 - models must be loaded first
        from beffroi.systems.cabinets.queries import beginnings, downtime, limits  # noqa: PLC0415 - as above
        from beffroi.systems.cabinets.queries.cabinets import (  # noqa: PLC0415 - as above
            lockable,
            may_relay,
            name_cabinets,
            name_locked,
            on_the_map,
        )
        from beffroi.systems.cabinets.queries.history import lately  # noqa: PLC0415 - as above
        from beffroi.systems.cabinets.queries.promises import rule_of  # noqa: PLC0415 - as above
        from beffroi.systems.cabinets.queries.sight import register as register_sight  # noqa: PLC0415 - as above
        from beffroi.systems.cabinets.queries.things import register as register_things  # noqa: PLC0415 - as above
        from beffroi.systems.cabinets.queries.uses import uses_under  # noqa: PLC0415 - as above
        from beffroi.systems.cabinets.queries.waiting import orders_waiting  # noqa: PLC0415 - as above

        register_sight()
        register_things()
        downtime.register()
        limits.register()
        registry.register_kinds()
        registry.register_places()
        papers.register_paper("cabinet-figures")
        for step in beginnings.STEPS:
            register_step(step)
        registry.register_conventions(lockable, uses_under)
        register_namer(("cabinet",), name_cabinets)
        register_namer(("resource", "resources"), name_locked)
        layers.register_layer(
            layers.MapLayer(rules.SYSTEM, _("Cabinets"), "cabinet", 10, registry.town_or_desk, on_the_map, rule_of)
        )
        feeds.register_feed(feeds.Feed(rules.SYSTEM, lately))
        waiting.register_waiting(waiting.Source(rules.SYSTEM, 30, orders_waiting))
        keeping.register()
        devices.register_device_kind(rules.DEVICE_KIND, "The lock of a street cabinet.")
        jobs.register_jobs()
        devices.register_gate_access(rules.DEVICE_KIND, may_relay)
        self._lists()

    def _lists(self) -> None:
        from beffroi.persistence.imports import Importer, register_importer  # noqa: PLC0415 - models must be loaded first
        from beffroi.systems.cabinets.actions.lists import undo_list, write_list  # noqa: PLC0415 - as above
        from beffroi.systems.cabinets.queries.lists import COLUMNS, check_list  # noqa: PLC0415 - as above

        register_importer(
            Importer(
                code="cabinets",
                label=_("Cabinets"),
                description=_("Reference, address, position and operator of each street cabinet"),
                icon="cabinet",
                route=lambda _viewer: "cabinets",
                columns=COLUMNS,
                authorities=lambda viewer: viewer.authorities(Role.ADMINISTRATOR),
                check=check_list,
                write=write_list,
                undo=undo_list,
            )
        )
