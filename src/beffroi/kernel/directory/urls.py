"""Addresses of the directory's pages."""

from django.urls import path

from beffroi.kernel.directory import pages
from beffroi.kernel.territory.pages.desks import bare

urlpatterns = [
    path("directory/", bare("directory-of"), name="directory"),
    path("directory/<slug:slug>/", pages.directory_page, name="directory-of"),
    path("directory/<slug:slug>/groups/", pages.group_list, name="directory-groups"),
    path("directory/<slug:slug>/add/", pages.rule_add, name="directory-add"),
    path("directory/<slug:slug>/read/", pages.read_now, name="directory-read"),
    path("directory/<slug:slug>/agree/", pages.leaving_agree, name="directory-agree"),
    path("directory/<slug:slug>/rules/<uuid:pk>/end/", pages.rule_end, name="directory-rule-end"),
    path("directory/<slug:slug>/rules/<uuid:pk>/resume/", pages.rule_resume, name="directory-rule-resume"),
    path("account/directory/", pages.account_tie, name="account-directory"),
]
