"""Who comes and goes as the directory says, and what never does: what was given by hand, too many at once, somebody else's account."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from beffroi.kernel.accounts.actions import create_person
from beffroi.kernel.accounts.factories import PASSWORD, make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import person_by_email
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.directory.actions.following import Followed, Refusal, agree_to_leaving, arrive, follow, tie
from beffroi.kernel.directory.actions.rules import end_rule, take_back_end
from beffroi.kernel.directory.factories import POLICE, make_group_rule, seen
from beffroi.kernel.directory.models import Held, Identity, Reading
from beffroi.kernel.directory.queries.following import preview
from beffroi.kernel.directory.rules import LDAP, Seen, brakes, next_reading
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.actions.memberships import set_end
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership, make_organisation
from beffroi.kernel.territory.models import Authority, Membership
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=1)


@pytest.fixture
def meaux() -> Authority:
    return make_authority()


def read(authority: Authority, found: Sequence[Seen], *missing: str, now: datetime | None = None) -> Followed:
    return follow(authority=authority.pk, source=LDAP, found=found, missing=missing, now=now or utc_now())


def live(name: str, role: Role = Role.OPERATOR) -> bool:
    rows = Membership.objects.filter(person__email=f"{name}@town.example", role=role.value)
    return rows.exclude(valid_until__lte=utc_now()).exists()


def somebody(name: str) -> Person:
    found = person_by_email(f"{name}@town.example")
    assert found is not None
    return found


def logged_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    assert client.get("/account/").status_code == 200
    return client


def test_a_joiner_gets_an_account_and_the_role_of_their_group_and_a_leaver_loses_both_ways_in(meaux: Authority) -> None:
    make_group_rule(meaux)
    done = read(meaux, [seen("ada", POLICE), seen("bob", "cn=other"), seen("cleo", POLICE, active=False)])
    assert (done.began, live("ada"), live("bob"), live("cleo")) == (1, True, False, False)
    assert person_by_email("bob@town.example") is None
    client = logged_in(somebody("ada"))
    assert read(meaux, [seen("ada", POLICE)]).began == 0, "said twice, given once"
    assert read(meaux, [seen("ada", POLICE, active=False)]).ended == 1
    assert not live("ada")
    assert client.get("/account/").status_code == 403, "the access has ended"
    kinds = Entry.objects.filter(log="installation").values_list("kind", flat=True)
    assert {"identity.tied", "membership.began", "membership.ended"} <= set(kinds)
    assert read(meaux, [seen("ada", POLICE)]).began == 1, "whoever comes back has it again"


def test_what_was_given_by_hand_is_left_alone(meaux: Authority) -> None:
    ada = make_person("Ada", email="ada@town.example")
    by_hand = make_membership(ada, meaux.organisation, Role.OPERATOR)
    make_group_rule(meaux)
    assert read(meaux, [seen("ada", POLICE)]).began == 0
    assert read(meaux, []).ended == 0
    by_hand.refresh_from_db()
    assert by_hand.valid_until is None
    assert not Held.objects.exists()


def test_a_role_that_somebody_ended_by_hand_stays_ended_while_its_owner_is_in_the_group(meaux: Authority) -> None:
    make_group_rule(meaux)
    read(meaux, [seen("ada", POLICE)])
    now = utc_now()
    set_end(membership=Membership.objects.get(), ends=now, by=None, now=now)
    assert read(meaux, [seen("ada", POLICE)], now=now + SOON).began == 0
    assert arrive(authority=meaux.pk, seen=seen("ada", POLICE), now=now + SOON) == somebody("ada")
    assert not live("ada")


def test_a_group_that_is_gone_freezes_what_it_gave(meaux: Authority) -> None:
    make_group_rule(meaux)
    read(meaux, [seen("ada", POLICE)])
    assert read(meaux, [], POLICE).ended == 0
    assert live("ada")
    assert Reading.objects.get().missing == 1
    assert read(meaux, []).ended == 1, "the group is back, and empty"


def test_too_many_at_once_wait_for_an_administrator_who_says_yes_to_exactly_these(meaux: Authority) -> None:
    make_group_rule(meaux)
    everybody = [seen(f"agent{number}", POLICE) for number in range(8)]
    read(meaux, everybody)
    boss = make_member("Boss", meaux.organisation, Role.ADMINISTRATOR)
    done = read(meaux, everybody[:4])
    assert (done.braked, done.ended, live("agent7")) == (True, 0, True)
    assert Alert.objects.filter(kind="directory.held", ended_at=None).count() == 1
    first = Reading.objects.get()
    assert (first.leaving, first.holding) == (4, 8)
    assert agree_to_leaving(authority=meaux.pk, digest=first.digest, now=utc_now(), by=boss.pk)
    assert read(meaux, everybody[:3]).braked, "five are not the four that were agreed to"
    assert not agree_to_leaving(authority=meaux.pk, digest=first.digest, now=utc_now(), by=boss.pk)
    joined = read(meaux, [*everybody[:3], seen("newcomer", POLICE)])
    assert (joined.braked, joined.began) == (True, 1), "those who come don't wait"
    second = Reading.objects.get()
    assert agree_to_leaving(authority=meaux.pk, digest=second.digest, now=utc_now(), by=boss.pk)
    done = read(meaux, [*everybody[:3], seen("newcomer", POLICE)])
    assert (done.braked, done.ended, live("agent7"), live("agent0")) == (False, 5, False, True)
    assert not Alert.objects.filter(kind="directory.held", ended_at=None).exists()
    assert Entry.objects.filter(log=str(meaux.pk), kind="directory.leaving-agreed").count() == 2


def test_the_brake_ends_by_itself_when_the_directory_is_mended(meaux: Authority) -> None:
    make_group_rule(meaux)
    everybody = [seen(f"agent{number}", POLICE) for number in range(4)]
    read(meaux, everybody)
    assert read(meaux, []).braked
    assert not read(meaux, everybody).braked
    assert Reading.objects.get().digest == ""
    assert not Alert.objects.filter(kind="directory.held", ended_at=None).exists()


def test_the_brake_holds_a_few_of_few_and_many_of_any() -> None:
    assert [brakes(2, 2), brakes(3, 15), brakes(3, 14), brakes(10, 60), brakes(11, 10_000)] == [
        False,
        False,
        True,
        False,
        True,
    ]


def test_the_last_administrator_keeps_their_role(meaux: Authority) -> None:
    make_group_rule(meaux, role=Role.ADMINISTRATOR)
    read(meaux, [seen("ada", POLICE)])
    done = read(meaux, [])
    assert (done.kept, done.ended, live("ada", Role.ADMINISTRATOR)) == (1, 0, True)
    assert Reading.objects.get().kept == 1


def test_nobody_takes_over_an_account(meaux: Authority) -> None:
    """One with a password, one of another authority's people, one that is closed: its owner ties it, or nobody."""
    make_group_rule(meaux)
    make_person("Ada", email="ada@town.example", password=PASSWORD)
    elsewhere = make_person("Bob", email="bob@town.example")
    make_membership(elsewhere, make_organisation(), Role.TECHNICIAN)
    for name in ("ada", "bob"):
        assert read(meaux, [seen(name, POLICE)]).apart == 1
        assert arrive(authority=meaux.pk, seen=seen(name, POLICE), now=utc_now()) is Refusal.APART
        assert not live(name)
    ada = somebody("ada")
    assert tie(person=ada, seen=seen("ada", POLICE), now=utc_now(), by=ada.pk)
    assert not tie(person=elsewhere, seen=seen("ada", POLICE), now=utc_now(), by=elsewhere.pk), "an entry is one person"
    assert not tie(person=ada, seen=seen("other", POLICE), now=utc_now(), by=ada.pk), "a person is one entry"
    assert arrive(authority=meaux.pk, seen=seen("ada", POLICE), now=utc_now()) == ada
    assert live("ada")


def test_an_account_without_an_address_is_nobody_s_entry(meaux: Authority) -> None:
    nobody = create_person(email="", name="Sheet", password=None, by=None)
    assert not tie(person=nobody, seen=seen("thief", POLICE), now=utc_now(), by=nobody.pk)
    assert not Identity.objects.exists()


def test_another_entry_that_takes_somebody_s_address_is_not_them(meaux: Authority) -> None:
    make_group_rule(meaux)
    read(meaux, [seen("ada", POLICE)])
    namesake = Seen(LDAP, "another entry", "ada@town.example", "Ada the Other", frozenset({POLICE}))
    assert arrive(authority=meaux.pk, seen=namesake, now=utc_now()) is Refusal.APART
    renamed = Seen(LDAP, "id of ada", "ada.vauban@town.example", "Ada Vauban", frozenset({POLICE}))
    assert arrive(authority=meaux.pk, seen=renamed, now=utc_now()) == somebody("ada"), "whatever they are called now"


def test_whoever_has_no_role_gets_no_account(meaux: Authority) -> None:
    assert arrive(authority=meaux.pk, seen=seen("ada", POLICE), now=utc_now()) is Refusal.NO_ROLE
    nameless = Seen(LDAP, "x", "", "Nobody", frozenset({POLICE}))
    assert arrive(authority=meaux.pk, seen=nameless, now=utc_now()) is Refusal.NO_ADDRESS
    assert not Person.objects.exists()


def test_logging_in_follows_one_person_at_once(meaux: Authority) -> None:
    make_group_rule(meaux)
    make_group_rule(meaux, "cn=town", Role.AGENT)
    assert arrive(authority=meaux.pk, seen=seen("ada", POLICE), now=utc_now()) == somebody("ada")
    assert (live("ada"), live("ada", Role.AGENT)) == (True, False)
    arrive(authority=meaux.pk, seen=seen("ada", "cn=town"), now=utc_now())
    assert (live("ada"), live("ada", Role.AGENT)) == (False, True)


def test_logging_in_takes_no_role_while_a_group_is_gone_or_the_brake_holds(meaux: Authority) -> None:
    make_group_rule(meaux)
    everybody = [seen(f"agent{number}", POLICE) for number in range(4)]
    read(meaux, everybody)
    read(meaux, everybody, POLICE)
    arrive(authority=meaux.pk, seen=seen("agent0"), now=utc_now())
    assert live("agent0"), "a group that is gone freezes what it gave"
    assert read(meaux, []).braked
    arrive(authority=meaux.pk, seen=seen("agent0"), now=utc_now())
    assert live("agent0"), "an administrator is asked first"
    read(meaux, everybody)
    arrive(authority=meaux.pk, seen=seen("agent0"), now=utc_now())
    assert not live("agent0")


def test_a_rule_gives_nothing_beyond_the_authority_s_houses_nor_a_mandate(meaux: Authority) -> None:
    for organisation, role in ((make_organisation(), Role.TECHNICIAN), (meaux.organisation, Role.OFFICIAL)):
        with pytest.raises(ValueError, match="can't give"):
            make_group_rule(meaux, role=role, organisation=organisation)
    make_group_rule(meaux, role=Role.AGENT)
    with pytest.raises(ValueError, match="can't give"):  # there is one already
        make_group_rule(meaux, role=Role.AGENT)


def test_a_rule_that_ends_takes_its_roles_and_gives_them_back_when_the_end_is_taken_back(meaux: Authority) -> None:
    rule = make_group_rule(meaux)
    read(meaux, [seen("ada", POLICE), seen("bob", POLICE)])
    assert end_rule(rule=rule, now=utc_now(), by=meaux.pk) == 2
    assert not live("ada")
    assert end_rule(rule=rule, now=utc_now(), by=meaux.pk) is None
    assert take_back_end(rule=rule, now=utc_now(), by=meaux.pk) == 2
    assert live("ada")
    assert live("bob")
    assert take_back_end(rule=rule, now=utc_now(), by=meaux.pk) is None


def test_a_preview_says_who_would_get_what(meaux: Authority) -> None:
    make_group_rule(meaux)
    read(meaux, [seen("there", POLICE)])
    make_person("Apart", email="apart@town.example", password=PASSWORD)
    found = preview(
        [seen("there", POLICE), seen("new", POLICE), seen("apart", POLICE), seen("gone", POLICE, active=False)],
        authority=meaux.pk,
        organisation=meaux.organisation.pk,
        role=Role.OPERATOR.value,
        now=utc_now(),
    )
    assert (found.begin, found.there, found.apart, found.closed) == (("New",), ("There",), ("Apart",), 1)
    assert person_by_email("new@town.example") is None, "nothing was written"


def test_the_next_reading_is_the_next_quarter() -> None:
    at = datetime.fromisoformat("2026-03-04T08:15:00+00:00")
    assert next_reading(at) == at + timedelta(minutes=15)
    assert next_reading(at - timedelta(seconds=1)) == at
    assert not Session.objects.exists()
