"""Wiring: kinds, commands, and the certificates that the minter signs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.live import Topic, register_topic
from beffroi.persistence.places import Place, register_place
from beffroi.persistence.roles import restrict


class DevicesConfig(AppConfig):
    """Devices, their events and their commands."""

    name = "beffroi.kernel.devices"
    label = "devices"

    def ready(self) -> None:
        """Kinds of the register, commands, and the work given to the minter."""
        from beffroi.kernel.alerts.registry import register_alert_kind  # noqa: PLC0415 - as above
        from beffroi.kernel.deadlines.registry import DeadlineKind, register_deadline  # noqa: PLC0415 - as above
        from beffroi.kernel.devices import admission, jobs, keeping, minter, registry, rules  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.devices.queries import clocks, measures, words  # noqa: PLC0415 - as above
        from beffroi.kernel.devices.queries.devices import name_devices  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.devices.queries.health import concerned, told  # noqa: PLC0415 - as above
        from beffroi.kernel.devices.queries.sight import register as register_sight  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.grants.registry import register_minting  # noqa: PLC0415 - as above
        from beffroi.kernel.register.registry import register_namer  # noqa: PLC0415 - as above

        registry.register_own()
        register_topic(Topic(registry.TOPIC, told))
        for kind in words.ALERTS:
            register_alert_kind(kind)
        register_deadline(
            DeadlineKind(
                rules.HOLE_DEADLINE, "What is missing of a device's log comes within ten minutes.", jobs.on_hole_due
            )
        )
        register_place(
            Place(
                "devices",
                _("Devices"),
                _("Which are silent, late or short of events; what they are told"),
                "system",
                45,
                concerned,
                "setting-up",
            )
        )
        registry.register_sink("devices-health", jobs.HEALTH_EVENTS, jobs.on_health_event)
        keeping.register()
        measures.register()
        clocks.register()
        for table in ("devices_deviceevent", "devices_signedbatch"):
            restrict(table, "SELECT", "INSERT", "DELETE")  # never rewritten; destroyed whole when their time is over
        register_minting("device-certificates", jobs.sign_certificates)
        register_minting("devices-admitted", admission.Admission().admit)
        register_minting("devices-refused", admission.refuse_retired)
        register_minting("devices-boxes", minter.make_boxes)
        register_minting("devices-sources", minter.SourceLists().sign)
        register_sight()
        register_namer(("device",), name_devices)
