"""Addresses of the identity provider's log-in, of its rules, and of one's own tie."""

from django.urls import path

from beffroi.kernel.provider.pages import account, coming, values

urlpatterns = [
    path("login/provider/", coming.begin, name="provider-begin"),
    path("login/provider/back/", coming.back, name="provider-back"),
    path("login/provider/out/", coming.told_out, name="provider-out"),
    path("logout/", account.log_out, name="account_logout"),
    path("logout/done/", account.logged_out, name="provider-logged-out"),
    path("account/provider/", account.own_tie, name="account-provider"),
    path("directory/<slug:slug>/provider/", values.rule_add, name="directory-provider"),
]
