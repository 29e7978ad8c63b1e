"""Addresses of the published logs, below /register/: what their origins name."""

from django.urls import path

from beffroi.kernel.register import pages

urlpatterns = [
    path("register/<str:log>/checkpoint", pages.checkpoint, name="register-checkpoint"),
    path("register/<str:log>/end", pages.end, name="register-end"),
    path("register/<str:log>/tile/<path:path>", pages.tile, name="register-tile"),
]
