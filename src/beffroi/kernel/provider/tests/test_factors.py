"""Where a second factor is demanded, a log-in by the provider counts when it asked for two, by its signed word."""

import pytest
from django.test import Client
from django.utils.timezone import localdate
from pytest_django import Settings

from beffroi.kernel.accounts.actions import change_password
from beffroi.kernel.accounts.factories import PASSWORD
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import without_factor
from beffroi.kernel.directory.factories import make_group_rule
from beffroi.kernel.directory.rules import OIDC
from beffroi.kernel.factors.factories import make_app, make_demand
from beffroi.kernel.factors.queries import demand_of, needs_provider
from beffroi.kernel.provider.tests.test_coming import ADA, ENGLISH, log_in
from beffroi.kernel.safe.actions import seal_sheet
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from tests.identity.certified import Town

pytestmark = pytest.mark.django_db
PAGE = "/login/second-factor/"


@pytest.fixture
def meaux() -> Authority:
    authority = make_authority()
    make_group_rule(authority, "police", Role.AGENT, source=OIDC)
    make_demand(authority)
    return authority


def led(client: Client, path: str = "/cabinets/") -> str:
    answer = client.get(path, secure=True)
    return answer.headers.get("Location", "") if answer.status_code == 302 else ""


@pytest.mark.usefixtures("meaux")
def test_a_level_that_means_two_factors_is_enough_and_less_is_not(keycloak: Town, settings: Settings) -> None:
    ada = {**ADA, "groups": ["police"]}
    keycloak.know(ada={**ada, "acr": "eidas2"}, bob={**ada, "acr": "eidas1", "email": "bob@town.example"})
    assert led(log_in(keycloak, "ada")[0]).startswith(PAGE), "no level is said to mean two"
    settings.BEFFROI_PROVIDER = keycloak.provider(strong=("eidas2",))
    assert led(log_in(keycloak, "ada")[0]) == ""
    assert led(log_in(keycloak, "bob")[0]).startswith(PAGE)
    assert without_factor(Person.objects.filter(name="Ada Vauban")).count() == 2, "less lets them in too"


def test_what_proconnect_calls_two_factors_is_known(proconnect: Town) -> None:
    strong = proconnect.provider().strong
    assert {"eidas2", "eidas3"} <= set(strong)
    assert "eidas1" not in strong
    assert not proconnect.provider().always_strong
    assert proconnect.provider(levels=("eidas2", "eidas3")).always_strong


@pytest.mark.usefixtures("meaux")
def test_whoever_always_shows_two_there_adds_none_here_by_a_password(keycloak: Town, settings: Settings) -> None:
    """A password that was stolen doesn't give an account a factor that its person doesn't need."""
    settings.BEFFROI_PROVIDER = keycloak.provider(strong=("eidas2",), levels=("eidas2",))
    keycloak.know(ada={**ADA, "groups": ["police"], "acr": "eidas2"})
    client, _status, _said = log_in(keycloak, "ada")
    assert led(client) == ""
    assert not without_factor(Person.objects.filter(name="Ada Vauban")).exists()
    form = {"password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/account/password/first/", form, secure=True).status_code == 302
    thief = Client(headers=ENGLISH)
    thief.post("/login/", {"login": ADA["email"], "password": PASSWORD}, secure=True)
    assert led(thief).startswith(PAGE)
    assert "log out, then log in that way" in thief.get(PAGE, secure=True).content.decode()
    for path in ("/account/totp/add/", "/account/passkeys/add/"):
        assert led(thief, path).startswith(PAGE)


def test_none_is_demanded_where_no_administrator_comes_in_with_the_provider_away(
    keycloak: Town, settings: Settings
) -> None:
    """They would all be shut out with it, whatever they know."""
    authority = make_authority()
    make_group_rule(authority, "chiefs", Role.ADMINISTRATOR, source=OIDC)
    settings.BEFFROI_PROVIDER = keycloak.provider(strong=("eidas2",), levels=("eidas2",))
    keycloak.know(ada={**ADA, "groups": ["chiefs"], "acr": "eidas2"})
    client, _status, _said = log_in(keycloak, "ada")
    here, form = "/settings/meaux/second-factor/", {"scope": "administrators", "begins": str(localdate(utc_now()))}
    warning = "No administrator could log in while the identity provider is away"
    assert warning in client.get(here, secure=True).content.decode()
    answer = client.post(here, form, secure=True)
    assert (answer.status_code, demand_of(authority.pk)) == (422, None)
    assert warning in answer.content.decode()
    seal_sheet(authority=authority.pk, now=utc_now(), by=None)
    assert warning not in client.get(here, secure=True).content.decode()
    assert client.post(here, form, secure=True).status_code == 302
    assert demand_of(authority.pk) is not None


def test_what_lets_an_administrator_in_with_the_provider_away() -> None:
    authority, now = make_authority(), utc_now()
    ada = make_member("Ada", authority.organisation, Role.ADMINISTRATOR)
    assert needs_provider(authority.pk, now)
    make_app(ada)
    assert needs_provider(authority.pk, now), "an app, besides no password"
    change_password(person=ada, password=PASSWORD, by=ada.pk)
    assert not needs_provider(authority.pk, now)
    assert needs_provider(make_authority("provins").pk, now), "another's administrator"


@pytest.mark.parametrize("demanded", [True, False])
def test_whoever_only_the_provider_knows_adds_a_factor_soon_after_they_came(keycloak: Town, *, demanded: bool) -> None:
    """They have nothing to confirm with: a session that was left open, or stolen, is not enough."""
    authority = make_authority()
    make_group_rule(authority, "police", Role.AGENT, source=OIDC)
    if demanded:
        make_demand(authority)
    keycloak.know(ada={**ADA, "groups": ["police"]})
    client, _status, _said = log_in(keycloak, "ada")
    paths, instead = ("/account/totp/add/", "/account/passkeys/add/"), PAGE if demanded else "/account/"
    for path in paths:
        assert client.get(path, secure=True).status_code == 200
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 301
    session.save()
    for path in paths:
        for answer in (client.get(path, secure=True), client.post(path, {"code": "123456"}, secure=True)):
            assert (answer.status_code, answer["location"]) == (302, instead)
    answer = client.post("/account/password/first/", {"password1": PASSWORD, "password2": PASSWORD}, secure=True)
    assert (answer.status_code, answer["location"].partition("?")[0]) == (302, instead)
    assert not Person.objects.get(name="Ada Vauban").has_usable_password()
    assert "Log out, then log in again" in client.get(instead, secure=True).content.decode()
    client.post("/logout/", secure=True)
    client, _status, _said = log_in(keycloak, "ada")
    assert client.get(paths[0], secure=True).status_code == 200
