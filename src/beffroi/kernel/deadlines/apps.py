"""Registers the entries' kinds and the monthly count."""

from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    """Promises with a time."""

    name = "beffroi.kernel.deadlines"
    label = "deadlines"

    def ready(self) -> None:
        """Kinds of the register, and its own kind of deadline."""
        from beffroi.kernel.deadlines import jobs, keeping, queries, registry  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.deadlines.rules import month_after  # noqa: PLC0415 - as above

        registry.register_kinds()
        keeping.register()
        queries.register_own_queue()
        registry.register_deadline(
            registry.DeadlineKind(
                "deadlines.month",
                "The first of each month: how many promises of each kind were kept.",
                jobs.on_month,
                following=month_after,
                each_counts=True,
            )
        )
