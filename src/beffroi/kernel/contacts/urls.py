"""Addresses of door contacts."""

from django.urls import path

from beffroi.kernel.contacts import pages

urlpatterns = [
    path("contacts/", pages.contact_list, name="door-contacts"),
    path("contacts/add/", pages.contact_add, name="contact-add"),
    path("contacts/models/", pages.model_list, name="contact-models"),
    path("contacts/models/add/", pages.model_add, name="contact-model-add"),
    path("contacts/models/<uuid:pk>/", pages.model_page, name="contact-model"),
    path("contacts/models/<uuid:pk>/remove/", pages.model_remove, name="contact-model-remove"),
    path("contacts/<uuid:pk>/", pages.contact_page, name="contact"),
    path("contacts/<uuid:pk>/beat/", pages.contact_beat, name="contact-beat"),
    path("contacts/<uuid:pk>/place/", pages.contact_place, name="contact-place"),
    path("contacts/<uuid:pk>/turn/", pages.contact_turn, name="contact-turn"),
    path("contacts/<uuid:pk>/retire/", pages.contact_retire, name="contact-retire"),
]
