"""Addresses of HTTPS."""

from django.urls import path

from beffroi.web.https import acme

urlpatterns = [
    path(".well-known/acme-challenge/<str:token>", acme.challenge, name="acme-challenge"),
]
