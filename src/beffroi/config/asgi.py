"""The web process's application."""

import gc
import os

import django
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "beffroi.config.settings")
django.setup(set_prefix=False)

from beffroi.web.handler import Handler  # noqa: E402 - Django is ready only now

application = Handler()
# Loads all pages before anybody is answered: else the first who asks each of the processes waits for that.
reverse("healthz")
# What was loaded stays as long as the process: nobody looks through it again and again for what could be freed.
gc.collect()
gc.freeze()
