"""Addresses of retention."""

from django.urls import path

from beffroi.kernel.retention.pages import schedule, slips
from beffroi.kernel.territory.pages.desks import bare

urlpatterns = [
    path("retention/", bare("retention-of"), name="retention"),
    path("retention/checks/", bare("retention-checks-of"), name="retention-checks"),
    path("retention/destructions/", bare("retention-destructions-of"), name="retention-destructions"),
    path("retention/slips/", bare("retention-slips-of"), name="retention-slips"),
    path("retention/of/<slug:slug>/", schedule.schedule_page, name="retention-of"),
    path("retention/of/<slug:slug>/schedule.csv", schedule.schedule_file, name="retention-file"),
    path("retention/of/<slug:slug>/rules/<str:rule>/", schedule.rule_page, name="retention-rule"),
    path("retention/of/<slug:slug>/checks/", schedule.check_list, name="retention-checks-of"),
    path("retention/of/<slug:slug>/destructions/", schedule.destruction_list, name="retention-destructions-of"),
    path("retention/of/<slug:slug>/slips/", slips.slip_list, name="retention-slips-of"),
    path("retention/destructions/<uuid:pk>/receipt/", schedule.destruction_receipt, name="retention-receipt"),
    path("retention/slips/<uuid:pk>/", slips.slip_page, name="retention-slip"),
    path("retention/slips/<uuid:pk>/file/", slips.slip_file, name="retention-slip-file"),
    path("retention/slips/<uuid:pk>/send/", slips.slip_send, name="retention-slip-send"),
    path("retention/slips/<uuid:pk>/visa/", slips.slip_visa, name="retention-slip-visa"),
    path("retention/slips/<uuid:pk>/abandon/", slips.slip_abandon, name="retention-slip-abandon"),
    path("retention/slips/<uuid:pk>/destroy/", slips.slip_destroy, name="retention-slip-destroy"),
]
