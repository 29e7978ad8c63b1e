"""What people and administrators read: the button, one's own account, rules; and what is said when the provider is away."""

import logging

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from beffroi.kernel.accounts.factories import PASSWORD
from beffroi.kernel.directory.models import GroupRule
from beffroi.kernel.directory.rules import OIDC
from beffroi.kernel.provider.jobs import look
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.checkup import State
from tests.identity.liar import SECRET, Liar

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def meaux(liar: Liar, settings: Settings) -> Authority:
    cache.clear()
    liar.now = utc_now
    settings.BEFFROI_PROVIDER = liar.provider()
    settings.BEFFROI_DIRECTORY_AUTHORITY = ""
    return make_authority()


@pytest.fixture
def boss(meaux: Authority) -> Client:
    client = Client(headers=ENGLISH)
    client.force_login(make_member("Boss", meaux.organisation, Role.ADMINISTRATOR))
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_administrator_says_what_a_group_of_the_provider_gives(boss: Client, meaux: Authority) -> None:
    assert "Give a role by Town log-in" in page(boss, "/directory/meaux/")
    here = "/directory/meaux/provider/"
    gives = f"{meaux.organisation_id} {Role.OPERATOR.value}"
    told = {"value": "cn=police", "label": "Police municipale", "gives": gives}
    assert boss.post(here, told | {"value": ""}).status_code == 422
    assert boss.post(here, told | {"gives": f"{meaux.organisation_id} {Role.OFFICIAL.value}"}).status_code == 422
    assert boss.post(here, told).status_code == 302
    rule = GroupRule.objects.get()
    assert (rule.source, rule.group, rule.role) == (OIDC, "cn=police", Role.OPERATOR.value)
    assert boss.post(here, told).status_code == 422, "once"
    assert "Police municipale" in page(boss, "/directory/meaux/")
    assert boss.post(f"/directory/meaux/rules/{rule.pk}/end/").status_code == 302
    rule.refresh_from_db()
    assert rule.ended_at is not None


def test_proconnect_has_its_own_words_and_a_siret_its_figures(
    boss: Client, meaux: Authority, liar: Liar, settings: Settings
) -> None:
    settings.BEFFROI_PROVIDER = liar.provider(kind="proconnect", name="")
    login = page(Client(headers={"accept-language": "fr"}), "/login/")
    assert "S’identifier avec ProConnect" in login
    assert "Qu’est-ce que ProConnect" in login
    here, gives = "/directory/meaux/provider/", f"{meaux.organisation_id} {Role.AGENT.value}"
    told = {"value": "2177028440001", "label": "Mairie", "gives": gives}
    assert "14 figures" in boss.post(here, told).content.decode()
    assert boss.post(here, told | {"value": "217 702 844 00015"}).status_code == 302
    assert GroupRule.objects.get().group == "21770284400015"


def test_a_provider_that_is_away_is_said_and_keeps_nobody_else_out(
    boss: Client, meaux: Authority, liar: Liar, caplog: pytest.LogCaptureFixture
) -> None:
    assert [finding.state for finding in look(utc_now())] == [State.WELL]
    ada = make_member("Ada", meaux.organisation, Role.AGENT, password=PASSWORD)
    liar.status = {"openid-configuration": 503}
    with caplog.at_level(logging.WARNING):
        client = Client(headers=ENGLISH)
        answer = client.post("/login/provider/", {"next": "/"})
        assert answer.status_code == 503
        assert "doesn’t answer" in answer.content.decode()
        assert client.post("/login/", {"login": ada.email, "password": PASSWORD}).status_code == 302
        found = look(utc_now())
    assert [finding.state for finding in found] == [State.WARNING]
    assert "doesn’t answer" in str(found[0].seen)
    assert SECRET not in caplog.text


def test_a_way_onward_to_somebody_elses_house_is_dropped(meaux: Authority) -> None:
    client = Client(headers=ENGLISH)
    client.post("/login/provider/", {"next": "https://elsewhere.example/"})
    client.post("/login/provider/", {"next": "//elsewhere.example/"})
    client.post("/login/provider/", {"next": "/account/"})
    assert [begun["onward"] for begun in client.session["provider_begun"]] == ["/", "/", "/account/"]
    for _tab in range(6):
        client.post("/login/provider/")
    assert len(client.session["provider_begun"]) == 4, "the oldest give way"


def test_the_button_leads_to_the_installations_address(meaux: Authority, settings: Settings) -> None:
    assert 'action="/login/provider/"' in page(Client(headers=ENGLISH), "/login/")
    settings.BEFFROI_PROVIDER = None
    assert "/login/provider/" not in page(Client(headers=ENGLISH), "/login/")


def test_a_provider_of_nobody_in_particular_lets_nobody_in(meaux: Authority) -> None:
    make_authority("elsewhere")
    assert Client().post("/login/provider/").status_code == 404
    assert [finding.code for finding in look(utc_now())] == ["provider.whose"]
