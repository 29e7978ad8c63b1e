"""Addresses of devices."""

from django.urls import path

from beffroi.kernel.devices import pages

urlpatterns = [
    path("devices/", pages.device_list, name="devices"),
    path("devices/<uuid:pk>/", pages.device_page, name="device"),
    path("devices/<uuid:pk>/retire/", pages.device_retire, name="device-retire"),
    path("devices/<uuid:pk>/tell/", pages.device_tell, name="device-tell"),
]
