"""Addresses of the pages about screens; what a screen itself asks for is under `/wall/` (web.console)."""

from django.urls import path

from beffroi.kernel.screens import pages

urlpatterns = [
    path("screens/", pages.screen_list, name="screens"),
    path("screens/add/", pages.screen_add, name="screen-add"),
    path("screens/<uuid:pk>/revoke/", pages.screen_revoke, name="screen-revoke"),
]
