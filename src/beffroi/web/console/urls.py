"""Addresses of the console."""

from django.urls import path

from beffroi.web.console import pages, wall

urlpatterns = [
    path("console/", pages.console, name="console"),
    path("console/state/", pages.console_state, name="console-state"),
    path("console/alerts/<uuid:pk>/", pages.console_alert, name="console-alert"),
    path("console/things/<slug:layer>/<uuid:pk>/", pages.console_thing, name="console-thing"),
    path("console/around/<slug:layer>/", pages.console_around, name="console-around"),
    path("console/tiles/", pages.console_tiles, name="console-tiles"),
    path("map/tiles/", pages.map_tiles, name="map-tiles"),
    path("live/", pages.live, name="live"),
    # All that a paired screen reaches, and nobody else.
    path("wall/", wall.wall, name="wall"),
    path("wall/nonce/", wall.nonce, name="wall-nonce"),
    path("wall/session/", wall.session, name="wall-session"),
    path("wall/state/", wall.wall_state, name="wall-state"),
    path("wall/live/", wall.wall_live, name="wall-live"),
    path("wall/tiles/", wall.wall_tiles, name="wall-tiles"),
]
