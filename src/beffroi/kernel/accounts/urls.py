"""Addresses of one's own sessions; the rest of one's account is allauth's, named in config.urls."""

from django.urls import path

from beffroi.kernel.accounts import pages

urlpatterns = [
    path("account/sessions/", pages.sessions, name="usersessions_list"),
    path("account/sessions/<int:pk>/end/", pages.session_end, name="session-end"),
]
