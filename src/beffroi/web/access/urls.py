"""Addresses of who can see what."""

from django.urls import path

from beffroi.web.access import pages

urlpatterns = [
    path("access/", pages.access, name="access"),
    path("access/me/", pages.access_me, name="access-me"),
    path("access/of/<slug:slug>/", pages.access_of, name="access-of"),
]
