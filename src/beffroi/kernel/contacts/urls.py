"""Addresses of door contacts."""

from django.urls import path

from beffroi.kernel.contacts import pages

urlpatterns = [
    path("contacts/", pages.contact_list, name="door-contacts"),
    path("contacts/add/", pages.contact_add, name="contact-add"),
    path("contacts/<uuid:pk>/", pages.contact_page, name="contact"),
    path("contacts/<uuid:pk>/turn/", pages.contact_turn, name="contact-turn"),
    path("contacts/<uuid:pk>/retire/", pages.contact_retire, name="contact-retire"),
]
