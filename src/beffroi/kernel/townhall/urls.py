"""Addresses of the authority's own desk, and of what it publishes."""

from django.urls import path

from beffroi.kernel.territory.pages.desks import bare
from beffroi.kernel.territory.queries.authorities import visible_authorities
from beffroi.kernel.townhall.pages import beginnings, exports, legal, limits, settings, systems

urlpatterns = [
    path("settings/", bare("settings-of"), name="settings"),
    path("settings/<slug:slug>/", settings.settings_page, name="settings-of"),
    path("settings/<slug:slug>/logo/", settings.logo_set, name="settings-logo"),
    path("settings/<slug:slug>/preview/", settings.preview, name="settings-preview"),
    path("settings/<slug:slug>/<str:part>/", settings.settings_page, name="settings-part"),
    path("logo/<slug:slug>/<str:digest>/<str:shape>.png", settings.logo_file, name="logo"),
    path("systems/", bare("systems-of", visible_authorities), name="systems"),
    path("systems/<slug:slug>/", systems.system_list, name="systems-of"),
    path("systems/<slug:slug>/processing/", systems.processing_register, name="processing"),
    path("systems/<slug:slug>/processing.csv", systems.processing_file, name="processing-file"),
    path("systems/<slug:slug>/<slug:system>/", systems.system_page, name="system"),
    path("systems/<slug:slug>/<slug:system>/aipd/", systems.aipd_draft, name="system-aipd"),
    path("limits/", bare("limits-of", limits.deciding), name="limits"),
    path("limits/<slug:slug>/", limits.limit_list, name="limits-of"),
    path("start/", bare("start-of"), name="start"),
    path("start/<slug:slug>/", beginnings.start, name="start-of"),
    path("start/<slug:slug>/inventory/", beginnings.inventory_list, name="inventory"),
    path("start/<slug:slug>/inventory.csv", beginnings.inventory_file, name="inventory-file"),
    path("start/<slug:slug>/inventory/<uuid:pk>/", beginnings.inventory_line, name="inventory-line"),
    path("start/<slug:slug>/steps/<str:step>/", beginnings.step_tick, name="step-tick"),
    path("export/", bare("export-of"), name="export"),
    path("export/<slug:slug>/", exports.export_list, name="export-of"),
    path("export/<slug:slug>/<uuid:pk>/", exports.export_file, name="export-file"),
    path("account/data/", exports.my_data, name="my-data"),
    path("account/data/paper/", exports.my_data_paper, name="my-data-paper"),
    path("account/data/file/", exports.my_data_file, name="my-data-file"),
    path("legal/<slug:slug>/", legal.notice, name="legal-notice"),
    path("legal/<slug:slug>/data/", legal.data, name="legal-data"),
    path("legal/<slug:slug>/data/<slug:record>/", legal.information, name="legal-information"),
    path("legal/<slug:slug>/accessibility/", legal.accessibility, name="legal-accessibility"),
]
