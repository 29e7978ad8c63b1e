"""Addresses of the living page."""

from django.urls import path

from beffroi.web.design import pages

urlpatterns = [
    path("office/design/", pages.design, name="design"),
    path("office/design/<slug:section>/", pages.design_section, name="design-section"),
]
