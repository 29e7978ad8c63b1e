"""Addresses of conventions, teams and phones."""

from django.urls import path

from beffroi.kernel.grants import pages

urlpatterns = [
    path("conventions/", pages.convention_list, name="conventions"),
    path("conventions/add/", pages.convention_add, name="convention-add"),
    path("conventions/<uuid:pk>/", pages.convention_page, name="convention"),
    path("conventions/<uuid:pk>/end/", pages.convention_end, name="convention-end"),
    path("team/", pages.team, name="team"),
    path("team/add/", pages.technician_add, name="technician-add"),
    path("team/<uuid:pk>/code/", pages.phone_code, name="phone-code"),
    path("team/<uuid:pk>/phone/revoke/", pages.phone_revoke, name="phone-revoke"),
    path("team/<uuid:pk>/departure/", pages.departure, name="departure"),
    path("phone/", pages.my_phone, name="my-phone"),
]
