"""Wiring: the night's look, the check."""

from django.apps import AppConfig

from beffroi.persistence.proving import Elsewhere, register_elsewhere


class ProviderConfig(AppConfig):
    """The town's identity provider."""

    name = "beffroi.kernel.provider"
    label = "provider"

    def ready(self) -> None:
        """Registries."""
        from beffroi.kernel.deadlines.registry import DeadlineKind, register_deadline  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.provider import jobs, registry  # noqa: PLC0415 - as above
        from beffroi.kernel.provider.queries import sessions  # noqa: PLC0415 - as above

        jobs.register_checks()
        register_elsewhere("provider", Elsewhere(sessions.strongly_tied, proves=True))
        every = "Every night, roles that the identity provider gave and hasn't confirmed for 35 days."
        register_deadline(DeadlineKind(registry.LAPSE, every, jobs.on_night, following=registry.next_look))
