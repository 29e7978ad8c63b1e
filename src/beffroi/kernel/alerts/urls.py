"""Addresses of alerts, and of those who are told of them."""

from django.urls import path

from beffroi.kernel.alerts.pages import (
    alerts,
    audiences,
    contacts,
    foresight,
    invitation,
    mobiles,
    policies,
    preferences,
    rosters,
    webhooks,
)
from beffroi.kernel.alerts.queries.audiences import watched_authorities
from beffroi.kernel.territory.pages.desks import bare

urlpatterns = [
    path("alerts/", alerts.alert_list, name="alerts"),
    path("alerts/preferences/", preferences.preferences, name="alert-preferences"),
    path("alerts/preferences/<uuid:pk>/", preferences.habits, name="alert-habits"),
    path("told/", bare("alert-policies-of", watched_authorities), name="alert-policies"),
    path("told/of/<slug:slug>/", policies.policy_list, name="alert-policies-of"),
    path("told/of/<slug:slug>/kinds/<str:kind>/", policies.policy_page, name="alert-policy"),
    path("told/now/<uuid:authority>/<str:kind>/", foresight.foresight, name="alert-foresight"),
    path("told/audiences/", audiences.audience_list, name="audiences"),
    path("told/audiences/add/", audiences.audience_add, name="audience-add"),
    path("told/audiences/<uuid:pk>/", audiences.audience_page, name="audience"),
    path("told/audiences/<uuid:pk>/lines/", audiences.audience_line_add, name="audience-line-add"),
    path("told/audiences/<uuid:pk>/lines/<uuid:line>/", audiences.audience_line_remove, name="audience-line-remove"),
    path("told/audiences/<uuid:pk>/retire/", audiences.audience_retire, name="audience-retire"),
    path("told/audiences/<uuid:pk>/restore/", audiences.audience_restore, name="audience-restore"),
    path("told/rosters/", rosters.roster_list, name="rosters"),
    path("told/rosters/add/", rosters.roster_add, name="roster-add"),
    path("told/rosters/<uuid:pk>/", rosters.roster_page, name="roster"),
    path("told/rosters/<uuid:pk>/alter/", rosters.roster_alter, name="roster-alter"),
    path("told/rosters/<uuid:pk>/hours/", rosters.slot_add, name="roster-slot-add"),
    path("told/rosters/<uuid:pk>/hours/<uuid:slot>/", rosters.slot_end, name="roster-slot-end"),
    path("told/rosters/<uuid:pk>/swaps/", rosters.swap_add, name="roster-swap-add"),
    path("told/rosters/<uuid:pk>/swaps/<uuid:exchange>/", rosters.swap_undo, name="roster-swap-undo"),
    path("told/rosters/<uuid:pk>/retire/", rosters.roster_retire, name="roster-retire"),
    path("alerts/<uuid:pk>/", alerts.alert_page, name="alert"),
    path("alerts/<uuid:pk>/take/", alerts.alert_take, name="alert-take"),
    path("alerts/<uuid:pk>/release/", alerts.alert_release, name="alert-release"),
    path("alerts/<uuid:pk>/acknowledge/", alerts.alert_acknowledge, name="alert-acknowledge"),
    path("alerts/<uuid:pk>/close/", alerts.alert_close, name="alert-close"),
    # where people and programs are told
    path("alerts/contacts/", contacts.contacts, name="contacts"),
    path("alerts/contacts/later/", invitation.later, name="contact-later"),
    path("alerts/contacts/number/", mobiles.number_ask, name="contact-number"),
    path("alerts/contacts/number/code/", mobiles.number_prove, name="contact-number-code"),
    path("alerts/contacts/number/end/", mobiles.number_end, name="contact-number-end"),
    path("alerts/contacts/number/paper/", mobiles.number_print, name="contact-number-print"),
    path("n/<str:code>", mobiles.notice_short, name="notice-short"),
    path("alerts/contacts/<uuid:pk>/end/", contacts.contact_end, name="contact-end"),
    path("alerts/contacts/<uuid:pk>/try/", contacts.contact_try, name="contact-try"),
    path("told/programs/", webhooks.webhooks, name="webhooks"),
    path("told/programs/<uuid:pk>/end/", webhooks.webhook_end, name="webhook-end"),
    path("told/programs/<uuid:pk>/restore/", webhooks.webhook_restore, name="webhook-restore"),
]
