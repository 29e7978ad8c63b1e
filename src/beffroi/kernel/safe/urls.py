"""The address where a code of the safe is typed."""

from django.urls import path

from beffroi.kernel.safe import pages

urlpatterns = [path("login/safe/", pages.safe_open, name="safe-open")]
