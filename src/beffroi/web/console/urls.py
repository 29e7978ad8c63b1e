"""Addresses of the console."""

from django.urls import path

from beffroi.web.console import pages

urlpatterns = [
    path("console/", pages.console, name="console"),
    path("console/state/", pages.console_state, name="console-state"),
    path("console/tiles/", pages.console_tiles, name="console-tiles"),
    path("live/", pages.live, name="live"),
]
