"""Addresses of HTTPS."""

from django.urls import path

from beffroi.web.https import acme, trust

urlpatterns = [
    path(".well-known/acme-challenge/<str:token>", acme.challenge, name="acme-challenge"),
    path("trust/", trust.page, name="trust"),
    path("trust/sheet/", trust.sheet, name="trust-sheet"),
    *[path(f"trust/beffroi.{form}", trust.root, {"form": form}, name=f"trust-{form}") for form in trust.FORMS],
]
