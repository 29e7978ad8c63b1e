"""Wiring: kinds, the topic by which streams learn that a screen was removed, what is kept."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.live import Topic, register_topic
from beffroi.persistence.sight import Sight, register_sight


class ScreensConfig(AppConfig):
    """Screens of a wall."""

    name = "beffroi.kernel.screens"
    label = "screens"

    def ready(self) -> None:
        """Registries."""
        from beffroi.kernel.register.registry import register_namer  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.screens import keeping, queries, registry  # noqa: PLC0415 - models must be loaded first

        registry.register_own()
        register_topic(Topic(registry.TOPIC, queries.read_topic, rights=True))
        register_namer(("screen",), queries.name_screens)
        register_sight(Sight("screens", _("Wall screens"), 35, queries.seen))
        keeping.register()
