"""Where a second factor is demanded, a log-in by the provider counts when it asked for two, by its signed word."""

import pytest
from django.test import Client
from pytest_django import Settings

from beffroi.kernel.accounts.factories import PASSWORD
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import without_factor
from beffroi.kernel.directory.factories import make_group_rule
from beffroi.kernel.directory.rules import OIDC
from beffroi.kernel.factors.factories import make_demand
from beffroi.kernel.provider.tests.test_coming import ADA, ENGLISH, log_in
from beffroi.kernel.territory.factories import make_authority
from beffroi.kernel.territory.models import Authority
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
