"""An administrator's page: a group is chosen, shown with its people, given a role; ended, taken back; too many wait for a yes."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from beffroi.kernel.directory.actions.reading import read
from beffroi.kernel.directory.models import GroupRule, Reading
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority, Membership
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from tests.directory import Directory

pytestmark = pytest.mark.django_db
HERE = "/directory/meaux/"


@pytest.fixture
def meaux(hall: Directory) -> Authority:
    return make_authority()


@pytest.fixture
def boss(meaux: Authority) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member("Boss", meaux.organisation, Role.ADMINISTRATOR))
    return client


def page(client: Client, address: str = HERE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def give(client: Client, group: str, authority: Authority, role: Role = Role.OPERATOR, **more: str) -> str:
    told = {"gives": f"{authority.organisation_id} {role.value}", **more}
    answer = client.post(reverse("directory-add", args=["meaux"], query={"group": group}), told, follow=True)
    return answer.content.decode()


def test_a_group_is_chosen_shown_with_its_people_and_given_a_role(
    hall: Directory, boss: Client, meaux: Authority, settings: Settings
) -> None:
    group = hall.gather("Police municipale", hall.hire("ada", "Ada Vauban"), hall.hire("bob", "Bob Vauban"))
    assert "No group has a role yet" in page(boss)
    assert "Police municipale" in page(boss, f"{HERE}groups/?q=police")
    assert "No group has these words" in page(boss, f"{HERE}groups/?q=nothing")
    shown = give(boss, group, meaux)
    assert f"perator – {meaux.organisation.name}</option>" in shown
    assert "2 people get this role" in shown
    assert "Ada Vauban, Bob Vauban" in shown
    assert not GroupRule.objects.exists()
    boss.cookies.load({settings.LANGUAGE_COOKIE_NAME: "fr"})
    assert "2 personnes reçoivent ce rôle" in give(boss, group, meaux)
    boss.cookies.load({settings.LANGUAGE_COOKIE_NAME: "en"})
    written = give(boss, group, meaux, write="1")
    assert "2 roles began" in written
    assert Membership.objects.filter(role=Role.OPERATOR).count() == 2
    assert "Has a role" in page(boss, f"{HERE}groups/")
    assert "There is such a rule already" in give(boss, group, meaux, write="1")
    assert "2 people have it already" in give(boss, group, meaux)


def test_a_rule_is_ended_and_taken_back(hall: Directory, boss: Client, meaux: Authority) -> None:
    group = hall.gather("police", hall.hire("ada", "Ada Vauban"))
    give(boss, group, meaux, write="1")
    rule = GroupRule.objects.get()
    ended = boss.post(f"{HERE}rules/{rule.pk}/end/", follow=True).content.decode()
    assert "police gives nothing any more" in ended
    assert "1 role ended with it" in ended
    assert boss.post(f"{HERE}rules/{rule.pk}/end/").status_code == 302, "pressed twice"
    resumed = boss.post(f"{HERE}rules/{rule.pk}/resume/", follow=True).content.decode()
    assert "goes on, as before" in resumed
    assert Membership.objects.filter(role=Role.OPERATOR, valid_until=None).count() == 1


def test_too_many_who_would_leave_wait_for_a_yes(hall: Directory, boss: Client, meaux: Authority) -> None:
    people = [hall.hire(f"n{number}", f"Number {number}") for number in range(4)]
    group = hall.gather("police", *people)
    give(boss, group, meaux, write="1")
    hall.replace(group, member=people[:1])
    read(meaux.pk, utc_now())
    assert "3 people of 4 would lose" in page(boss)
    told = boss.post(f"{HERE}agree/", {"digest": "0" * 64}, follow=True).content.decode()
    assert "has changed since" in told
    told = boss.post(f"{HERE}agree/", {"digest": Reading.objects.get().digest}, follow=True).content.decode()
    assert "3 roles ended" in told
    assert "would lose" not in told


def test_a_directory_that_is_away_says_what_to_do(
    hall: Directory, boss: Client, meaux: Authority, settings: Settings
) -> None:
    group = hall.gather("police", hall.hire("ada", "Ada Vauban"))
    give(boss, group, meaux, write="1")
    settings.BEFFROI_DIRECTORY = hall.place("ldaps://127.0.0.1:1")
    assert "doesn’t answer" in boss.post(f"{HERE}read/", follow=True).content.decode()
    assert "Nobody’s roles change" in page(boss)
    assert "doesn’t answer" in page(boss, f"{HERE}groups/")
    settings.BEFFROI_DIRECTORY = hall.place(bind_password="changed since")
    assert "refuses the account" in page(boss, f"{HERE}groups/")


def test_without_a_directory_the_page_says_how_to_have_one(boss: Client, settings: Settings) -> None:
    settings.BEFFROI_DIRECTORY = None
    assert "BEFFROI_LDAP_URL" in page(boss)
    assert boss.get(f"{HERE}groups/").status_code == 404
    assert boss.get("/account/directory/").status_code == 404


def test_only_administrators_of_the_authority_whose_directory_it_is_see_it(
    hall: Directory, boss: Client, meaux: Authority, settings: Settings
) -> None:
    other = make_authority("elsewhere")
    settings.BEFFROI_DIRECTORY_AUTHORITY = "elsewhere"
    assert "isn’t yours" in page(boss)
    assert boss.get(f"{HERE}groups/").status_code == 404
    assert boss.get("/directory/elsewhere/").status_code == 404
    agent = Client()
    agent.force_login(make_member("Agent", other.organisation, Role.AGENT))
    assert agent.get("/directory/elsewhere/").status_code == 404
    assert agent.get("/directory/").status_code == 404
