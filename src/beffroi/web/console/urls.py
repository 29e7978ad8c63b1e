"""Addresses of the console."""

from django.urls import path

from beffroi.web.console import pages

urlpatterns = [
    path("live/", pages.live, name="live"),
]
