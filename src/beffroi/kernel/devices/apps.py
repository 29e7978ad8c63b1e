"""Wiring: kinds, commands, and the certificates that the minter signs."""

from django.apps import AppConfig

from beffroi.persistence.roles import restrict


class DevicesConfig(AppConfig):
    """Devices, their events and their commands."""

    name = "beffroi.kernel.devices"
    label = "devices"

    def ready(self) -> None:
        """Kinds of the register, commands, and the work given to the minter."""
        from beffroi.kernel.devices import keeping, registry  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.devices.jobs import refuse_retired, sign_certificates  # noqa: PLC0415 - as above
        from beffroi.kernel.grants.registry import register_minting  # noqa: PLC0415 - as above

        registry.register_own()
        keeping.register()
        for table in ("devices_deviceevent", "devices_signedbatch"):
            restrict(table, "SELECT", "INSERT", "DELETE")  # never rewritten; destroyed whole when their time is over
        register_minting("device-certificates", sign_certificates)
        register_minting("devices-refused", refuse_retired)
