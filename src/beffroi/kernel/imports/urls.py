"""Addresses of imports."""

from django.urls import path

from beffroi.kernel.imports.pages import lists, names

urlpatterns = [
    path("imports/", lists.import_list, name="imports"),
    path("imports/<slug:slug>/<slug:importer>/", lists.import_new, name="import-new"),
    path("imports/<slug:slug>/<slug:importer>/model/", lists.import_model, name="import-model"),
    path("import/<uuid:pk>/", lists.import_page, name="import"),
    path("import/<uuid:pk>/columns/", lists.import_columns, name="import-columns"),
    path("import/<uuid:pk>/names/", names.import_names, name="import-names"),
    path("import/<uuid:pk>/stop/", names.import_stop, name="import-stop"),
    path("import/<uuid:pk>/wrong/", lists.import_wrong, name="import-wrong"),
    path("import/<uuid:pk>/commit/", lists.import_commit, name="import-commit"),
    path("import/<uuid:pk>/follow/", lists.import_follow, name="import-follow"),
    path("import/<uuid:pk>/undo/", lists.import_undo, name="import-undo"),
    path("import/<uuid:pk>/abandon/", lists.import_abandon, name="import-abandon"),
]
