"""Every address. A route that the route × role matrix doesn't know fails the build."""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, path

from beffroi.config.api import api
from beffroi.kernel.accounts import urls as accounts
from beffroi.kernel.accounts.pages import one_at_a_time
from beffroi.kernel.alerts import urls as alerts
from beffroi.kernel.contacts import urls as contacts
from beffroi.kernel.counter import urls as counter
from beffroi.kernel.devices import urls as devices
from beffroi.kernel.directory import urls as directory
from beffroi.kernel.factors import urls as factors_demanded
from beffroi.kernel.grants import urls as grants
from beffroi.kernel.imports import urls as imports
from beffroi.kernel.provider import urls as provider
from beffroi.kernel.register import urls as register
from beffroi.kernel.retention import urls as retention
from beffroi.kernel.safe import urls as safe
from beffroi.kernel.screens import urls as screens
from beffroi.kernel.territory import urls as territory
from beffroi.kernel.townhall import urls as townhall
from beffroi.kernel.upkeep import urls as upkeep
from beffroi.systems.cabinets import urls as cabinets
from beffroi.systems.reports import urls as reports
from beffroi.systems.video import urls as video
from beffroi.web import health, homescreen, pages
from beffroi.web.access import urls as access
from beffroi.web.console import urls as console
from beffroi.web.design import urls as design
from beffroi.web.factors import adding
from beffroi.web.https import urls as https

log_in: list[URLPattern | URLResolver] = [
    path("login/", account.login, name="account_login"),
    path("login/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("login/factor/", factors.authenticate, name="mfa_authenticate"),
    path("login/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("login/confirm/factor/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("login/confirm/passkey/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    # Nobody signs up or resets a password alone: both of allauth's names lead to the page that says who can help.
    path("login/help/", pages.login_help, name="account_signup"),
    path("login/help/", pages.login_help, name="account_reset_password"),
    path("login/inactive/", login_not_required(account.account_inactive), name="account_inactive"),
]
my_account: list[URLPattern | URLResolver] = [
    path("account/", factors.index, name="mfa_index"),
    path("account/password/", one_at_a_time(account.password_change), name="account_change_password"),
    path("account/password/first/", one_at_a_time(adding(account.password_set)), name="account_set_password"),
    path("account/totp/add/", one_at_a_time(adding(totp.activate_totp)), name="mfa_activate_totp"),
    path("account/totp/remove/", one_at_a_time(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("account/recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "account/recovery-codes/renew/",
        one_at_a_time(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("account/recovery-codes/file/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("account/passkeys/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("account/passkeys/add/", one_at_a_time(adding(passkeys.add_webauthn)), name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/rename/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("account/passkeys/<int:pk>/remove/", one_at_a_time(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
]

# What the database refuses to do is no fault of ours: its page says so.
handler500 = "beffroi.web.away.failed"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("at/<slug:slug>/", pages.town, name="town"),
    path("healthz", health.healthz, name="healthz"),
    path("sw.js", homescreen.service_worker, name="service-worker"),
    path("manifest.webmanifest", homescreen.manifest, name="manifest"),
    path("offline/", homescreen.offline, name="offline"),
    path("theme/<slug:slug>.css", pages.theme, name="theme"),
    path("language/", pages.language, name="set_language"),
    *https.urlpatterns,
    *log_in,
    *my_account,
    *accounts.urlpatterns,
    *access.urlpatterns,
    *counter.urlpatterns,
    *alerts.urlpatterns,
    *grants.urlpatterns,
    *cabinets.urlpatterns,
    *reports.urlpatterns,
    *video.urlpatterns,
    *contacts.urlpatterns,
    *devices.urlpatterns,
    *console.urlpatterns,
    *design.urlpatterns,
    *register.urlpatterns,
    *retention.urlpatterns,
    *imports.urlpatterns,
    *screens.urlpatterns,
    *directory.urlpatterns,
    *safe.urlpatterns,
    *provider.urlpatterns,
    *factors_demanded.urlpatterns,
    *territory.urlpatterns,
    *townhall.urlpatterns,
    *upkeep.urlpatterns,
    path("api/v1/", api.urls),
]
