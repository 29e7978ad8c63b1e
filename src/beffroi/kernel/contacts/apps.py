"""Wiring: kinds, alerts, the promise of a room's door, what is kept."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.layers import MapLayer, register_layer
from beffroi.persistence.live import Topic, register_topic
from beffroi.persistence.places import Place, register_place


class ContactsConfig(AppConfig):
    """Door contacts."""

    name = "beffroi.kernel.contacts"
    label = "contacts"

    def ready(self) -> None:
        """Registries."""
        from beffroi.kernel.alerts.registry import register_alert_kind  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.contacts import jobs, keeping, registry  # noqa: PLC0415 - as above
        from beffroi.kernel.contacts.actions.registration import OPEN_TOO_LONG  # noqa: PLC0415 - as above
        from beffroi.kernel.contacts.queries import layer, limits, looking, measures, words  # noqa: PLC0415 - as above
        from beffroi.kernel.contacts.queries.contacts import concerned, name_contacts, told  # noqa: PLC0415 - as above
        from beffroi.kernel.contacts.queries.sight import register as register_sight  # noqa: PLC0415 - as above
        from beffroi.kernel.deadlines.registry import DeadlineKind, register_deadline  # noqa: PLC0415 - as above
        from beffroi.kernel.register.registry import register_namer  # noqa: PLC0415 - as above

        registry.register_own()
        register_topic(Topic(registry.TOPIC, told))
        register_layer(
            MapLayer(registry.LAYER, _("Rooms observed"), "open", 15, layer.shown, layer.on_the_map, layer.rule_of)
        )
        for kind in words.ALERTS:
            register_alert_kind(kind)
        register_deadline(
            DeadlineKind(
                OPEN_TOO_LONG,
                "A room's door is shut within the minutes that were said, or whoever keeps watch is told.",
                jobs.on_left_open,
                promised=True,
            )
        )
        register_place(
            Place(
                "door-contacts",
                _("Door contacts"),
                _("Doors with no lock of ours: open or shut, battery, silence"),
                "open",
                46,
                concerned,
                "setting-up",
            )
        )
        keeping.register()
        measures.register()
        limits.register()
        looking.register()
        register_sight()
        register_namer(("contact",), name_contacts)
