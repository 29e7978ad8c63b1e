"""Addresses of the published logs, below /register/ (what their origins name), and of the pages that read them, below /entries/."""

from django.urls import path

from beffroi.kernel.register.pages import entries, published

urlpatterns = [
    path("register/<str:log>/checkpoint", published.checkpoint, name="register-checkpoint"),
    path("register/<str:log>/end", published.end, name="register-end"),
    path("register/<str:log>/tile/<path:path>", published.tile, name="register-tile"),
    path("entries/", entries.entries, name="entries"),
    path("entries/check/", entries.check, name="receipt-check"),
    path("entries/of/<str:log>/", entries.entries_of, name="entries-of"),
    path("entries/of/<str:log>/file/", entries.entries_file, name="entries-file"),
    path("entries/of/<str:log>/checkpoint/", entries.log_page, name="entries-checkpoint"),
    path("entries/<uuid:pk>/", entries.entry, name="entry"),
    path("entries/<uuid:pk>/receipt/", entries.entry_receipt, name="entry-receipt"),
]
