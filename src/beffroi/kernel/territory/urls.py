"""Addresses of organisations, people, invitations."""

from django.urls import path

from beffroi.kernel.territory.pages import invitations, organisations, outlines, people, places, welcome
from beffroi.kernel.territory.pages.desks import bare

urlpatterns = [
    path("organisations/", organisations.organisation_list, name="organisations"),
    path("organisations/add/", organisations.organisation_add, name="organisation-add"),
    path("organisations/<uuid:pk>/", organisations.organisation_page, name="organisation"),
    path("organisations/<uuid:pk>/invite/", invitations.invitation_add, name="invitation-add"),
    path("invitations/<uuid:pk>/send/", invitations.invitation_send, name="invitation-send"),
    path("invitations/<uuid:pk>/print/", invitations.invitation_print, name="invitation-print"),
    path("invitations/<uuid:pk>/withdraw/", invitations.invitation_withdraw, name="invitation-withdraw"),
    path("people/", people.person_list, name="people"),
    path("people/<uuid:pk>/", people.person_page, name="person"),
    path("people/<uuid:pk>/log-out/", people.person_log_out, name="person-log-out"),
    path("roles/<uuid:pk>/", people.role_end, name="role-end"),
    path("roles/<uuid:pk>/stop/", people.role_stop, name="role-stop"),
    path("roles/<uuid:pk>/resume/", people.role_resume, name="role-resume"),
    path("places/", bare("places-of"), name="places"),
    path("places/<slug:slug>/", places.place_list, name="places-of"),
    path("places/<slug:slug>/outline.json", outlines.outline_document, name="outline-document"),
    path("places/<slug:slug>/add/", places.place_add, name="place-add"),
    path("places/<slug:slug>/files/", outlines.outline_file_new, name="outline-file-new"),
    path("places/<slug:slug>/files/<uuid:pk>/", outlines.outline_file, name="outline-file"),
    path("places/<slug:slug>/undo/<uuid:act>/", outlines.outline_undo, name="outline-undo"),
    path("places/<slug:slug>/<uuid:pk>/", places.place_page, name="place"),
    path("places/<slug:slug>/<uuid:pk>/outline/", places.place_outline, name="place-outline"),
    path("welcome/", welcome.welcome, name="welcome"),
    path("welcome/role/", welcome.welcome_role, name="welcome-role"),
]
