"""Addresses of the installation's state, and of the sheets of the degraded mode."""

from django.urls import path

from beffroi.kernel.territory.pages.desks import bare
from beffroi.kernel.upkeep.pages import degraded, degraded_edit, degraded_printed, state, watched

urlpatterns = [
    path("upkeep/", state, name="upkeep"),
    path("degraded/", bare("degraded-of", watched), name="degraded"),
    path("degraded/<slug:slug>/", degraded, name="degraded-of"),
    path("degraded/<slug:slug>/edit/", degraded_edit, name="degraded-edit"),
    path("degraded/<slug:slug>/printed/", degraded_printed, name="degraded-printed"),
]
