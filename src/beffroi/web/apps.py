"""The shell."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Base templates, navigation, error pages, health."""

    name = "beffroi.web"
    label = "web"
