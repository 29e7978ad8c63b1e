"""Addresses of conventions, teams and phones."""

from django.urls import path

from beffroi.kernel.grants.pages import browsers, conventions, drafts, phone, staff, team

urlpatterns = [
    path("conventions/", conventions.convention_list, name="conventions"),
    path("conventions/add/", drafts.convention_add, name="convention-add"),
    path("conventions/drafts/<uuid:pk>/", drafts.convention_draft, name="convention-draft"),
    path("conventions/drafts/<uuid:pk>/things/", drafts.convention_draft_things, name="convention-draft-things"),
    path("conventions/drafts/<uuid:pk>/paper/", drafts.convention_draft_paper, name="convention-draft-paper"),
    path("conventions/drafts/<uuid:pk>/drop/", drafts.convention_draft_drop, name="convention-draft-drop"),
    path("conventions/<uuid:pk>/", conventions.convention_page, name="convention"),
    path("conventions/<uuid:pk>.json", conventions.convention_document, name="convention-document"),
    path("conventions/<uuid:pk>/things/", conventions.convention_things, name="convention-things"),
    path("conventions/<uuid:pk>/paper/", conventions.convention_paper, name="convention-paper"),
    path("conventions/<uuid:pk>/renew/", drafts.convention_renew, name="convention-renew"),
    path("conventions/<uuid:pk>/staff/", staff.convention_staff, name="convention-staff"),
    path("conventions/<uuid:pk>/staff/<uuid:designation>/withdraw/", staff.staff_withdraw, name="staff-withdraw"),
    path("conventions/<uuid:pk>/end/", conventions.convention_end, name="convention-end"),
    path("team/", team.team, name="team"),
    path("team/add/", team.technician_add, name="technician-add"),
    path("team/invitations/", team.team_invitations, name="team-invitations"),
    path("team/<uuid:pk>/code/", team.phone_code, name="phone-code"),
    path("team/<uuid:pk>/phone/revoke/", team.phone_revoke, name="phone-revoke"),
    path("team/<uuid:pk>/departure/", team.departure, name="departure"),
    path("phone/", phone.my_phone, name="my-phone"),
    path("phone/acts/", phone.my_acts, name="my-acts"),
    path("browsers/", browsers.my_browsers, name="my-browsers"),
    path("browsers/<uuid:pk>/revoke/", browsers.browser_revoke, name="browser-revoke"),
]
