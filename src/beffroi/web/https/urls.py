"""Addresses of HTTPS."""

from django.urls import path

from beffroi.web.https import acme, arrival, trust

urlpatterns = [
    path(".well-known/acme-challenge/<str:token>", acme.challenge, name="acme-challenge"),
    path("arrival/", arrival.arrival, name="arrival"),
    path("arrival/stream/", arrival.stream, name="arrival-stream"),
    path("arrival/heard/", arrival.heard, name="arrival-heard"),
    path("trust/", trust.page, name="trust"),
    path("trust/sheet/", trust.sheet, name="trust-sheet"),
    *[path(f"trust/beffroi.{form}", trust.root, {"form": form}, name=f"trust-{form}") for form in trust.FORMS],
]
