"""Addresses of alerts, and of those who are told of them."""

from django.urls import path

from beffroi.kernel.alerts.pages import contacts, webhooks

urlpatterns = [
    # where people and programs are told
    path("alerts/contacts/", contacts.contacts, name="contacts"),
    path("alerts/contacts/<uuid:pk>/end/", contacts.contact_end, name="contact-end"),
    path("alerts/contacts/<uuid:pk>/try/", contacts.contact_try, name="contact-try"),
    path("alerts/webhooks/", webhooks.webhooks, name="webhooks"),
    path("alerts/webhooks/<uuid:pk>/end/", webhooks.webhook_end, name="webhook-end"),
    path("alerts/webhooks/<uuid:pk>/restore/", webhooks.webhook_restore, name="webhook-restore"),
]
