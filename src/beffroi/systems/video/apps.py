"""Registers what video is, the kinds of entries, deadlines and alerts it has, its places, its layer, and what it keeps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VideoConfig(AppConfig):
    """Video on request."""

    name = "beffroi.systems.video"
    label = "video"

    def ready(self) -> None:
        """Kinds, jobs, access."""
        from beffroi.kernel.devices import registry as devices  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.grants.registry import register_convention_system  # noqa: PLC0415 - as above
        from beffroi.kernel.register.registry import register_namer  # noqa: PLC0415 - as above
        from beffroi.kernel.territory.registry import register_renaming  # noqa: PLC0415 - as above
        from beffroi.persistence import feeds, layers, papers, waiting  # noqa: PLC0415 - as above
        from beffroi.persistence.steps import register_step  # noqa: PLC0415 - as above
        from beffroi.persistence.things import register_closing  # noqa: PLC0415 - as above
        from beffroi.systems.video import jobs, keeping, registry, rules  # noqa: PLC0415 - as above
        from beffroi.systems.video.actions.asking import close_asking  # noqa: PLC0415 - as above
        from beffroi.systems.video.actions.sites import tell_renamed  # noqa: PLC0415 - as above
        from beffroi.systems.video.queries import (  # noqa: PLC0415 - as above
            access,
            beginnings,
            cameras,
            console,
            conventions,
            downtime,
            limits,
            public,
            requests,
            sight,
        )

        registry.register_kinds()
        registry.register_places(
            cameras.concerned, requests.concerned_by_requests, lambda viewer: requests.manageable_sites(viewer).exists()
        )
        registry.register_open(public.offers)
        register_convention_system(conventions.CONVENTIONS)
        register_renaming(rules.SYSTEM, tell_renamed)
        papers.register_paper("video-viewings", "video-site-poster", "video-access-letter")
        sight.register()
        downtime.register()
        limits.register()
        for step in beginnings.STEPS:
            register_step(step)
        register_closing(rules.SYSTEM, close_asking)
        register_namer(("camera",), cameras.name_cameras)
        register_namer(("site",), cameras.name_sites)
        layers.register_layer(
            layers.MapLayer(rules.SYSTEM, _("Cameras"), "camera", 20, cameras.concerned, console.on_the_map)
        )
        feeds.register_feed(feeds.Feed(rules.SYSTEM, console.lately))
        waiting.register_waiting(waiting.Source("video-access", 45, access.access_waiting))
        waiting.register_waiting(waiting.Source("video-images", 5, requests.images_waiting))
        keeping.register()
        devices.register_device_kind(rules.DEVICE_KIND, "The relay of cameras: it decides whom it shows an image.")
        jobs.register_jobs()
