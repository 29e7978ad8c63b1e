"""Addresses of the demand, and of what it asks."""

from django.urls import path

from beffroi.kernel.factors import pages

urlpatterns = [
    path("login/second-factor/", pages.first, name="factor-first"),
    path("settings/<slug:slug>/second-factor/", pages.demand, name="factor-demand"),
]
