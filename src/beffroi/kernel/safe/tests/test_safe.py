"""The sheet in the safe, by the page where its codes are typed: what it opens, whom it tells, what a new sheet does to it."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from beffroi.kernel.accounts.actions import change_password
from beffroi.kernel.accounts.factories import PASSWORD
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import has_way_in
from beffroi.kernel.alerts.models import Alert, Delivery
from beffroi.kernel.directory.actions.following import give
from beffroi.kernel.directory.factories import make_group_rule
from beffroi.kernel.directory.models import Held, Identity
from beffroi.kernel.directory.rules import LDAP
from beffroi.kernel.register.models import Entry
from beffroi.kernel.safe.actions import destroy_sheets, seal_sheet
from beffroi.kernel.safe.models import SealedCode, Sheet
from beffroi.kernel.safe.queries import sealed as fact
from beffroi.kernel.safe.rules import CODES, TRIES, read_code
from beffroi.kernel.territory.actions.memberships import set_end
from beffroi.kernel.territory.errors import LastAdministrator
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority, Membership
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing

pytestmark = pytest.mark.django_db
HERE = "/login/safe/"


@pytest.fixture
def meaux(request: pytest.FixtureRequest, settings: Settings) -> Authority:
    cache.clear()
    if "hash" not in request.node.name:  # slow on purpose: one test looks at it, the others need it not
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return make_authority()


def seal(authority: Authority) -> tuple[str, ...]:
    return seal_sheet(authority=authority.pk, now=utc_now(), by=None).codes


def opens(code: str) -> Client | None:
    client = Client(headers={"accept-language": "en"})
    answer = client.post(HERE, {"code": code})
    assert answer.status_code in (302, 422)
    return client if answer.status_code == 302 else None


def test_a_code_opens_an_administrator_s_account_once_on_record_and_everybody_is_told(meaux: Authority) -> None:
    boss = make_member("Boss", meaux.organisation, Role.ADMINISTRATOR)
    codes = seal(meaux)
    assert len(set(codes)) == CODES
    client = opens(codes[0].lower().replace("-", " "))
    assert client is not None
    assert client.get("/people/").status_code == 200
    assert opens(codes[0]) is None, "once"
    assert Alert.objects.filter(kind="safe.opened", ended_at=None).count() == 1
    assert Delivery.objects.filter(person=boss).exists()
    assert Entry.objects.filter(log=str(meaux.pk), kind="safe.opened").count() == 1
    assert opens(codes[1]) is not None


def test_a_new_sheet_kills_the_former_and_ends_what_it_opened(meaux: Authority) -> None:
    former = seal(meaux)
    client = opens(former[0])
    assert client is not None
    assert client.get("/people/").status_code == 200
    new = seal(meaux)
    assert client.get("/people/").status_code == 302
    assert opens(former[1]) is None
    assert opens(new[0]) is not None
    assert Person.objects.count() == 1, "the account stays the same"


def test_the_hour_is_not_begun_anew_by_what_is_done_in_it(meaux: Authority) -> None:
    client = opens(seal(meaux)[0])
    assert client is not None
    end = client.session.get_expiry_date()
    assert end <= utc_now() + timedelta(hours=1)
    assert client.session.get_expiry_date(modification=utc_now() + timedelta(minutes=50)) == end


def add_ways_in(person: Person) -> None:
    """What a thief who has one code would leave behind them."""
    change_password(person=person, password=PASSWORD, by=person.pk)
    TOTP.activate(person, generate_totp_secret())
    Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={})
    tied(person, "a thief")


def tied(person: Person, subject: str) -> None:
    """As it could be before accounts without an address were refused."""
    now = utc_now()
    with writing():
        Identity.objects.create(person=person, source=LDAP, subject=subject, tied_at=now, seen_at=now)


def test_each_code_and_a_new_sheet_take_away_every_other_way_into_the_account(meaux: Authority) -> None:
    codes = seal(meaux)
    person = Sheet.objects.get().person
    add_ways_in(person)
    client = opens(codes[0])
    assert client is not None
    assert client.get("/people/").status_code == 200, "no second factor is asked for"
    add_ways_in(Person.objects.get())
    codes = seal(meaux)
    assert not has_way_in(person.pk)
    assert not Authenticator.objects.exists()
    assert not Identity.objects.exists()
    entries = Entry.objects.filter(log="installation")
    assert entries.filter(kind="credential.changed").count() == 2 * (1 + 3), "a password given, three ways taken"
    assert entries.filter(kind="identity.untied").count() == 2
    assert opens(codes[0]) is not None


def test_a_role_that_the_directory_gave_the_account_does_not_stand_in_for_its_own(meaux: Authority) -> None:
    make_member("Boss", meaux.organisation, Role.ADMINISTRATOR)
    seal(meaux)
    person, now = Sheet.objects.get().person, utc_now()
    set_end(membership=Membership.objects.get(person=person), ends=now, by=None, now=now)
    rule = make_group_rule(meaux, role=Role.ADMINISTRATOR)
    tied(person, "a thief")
    assert give(person=person.pk, rule=rule, now=now, by=None)
    seal(meaux)
    assert Held.objects.get().left_at is not None
    assert fact(meaux.pk, utc_now()).done, "it administers by a role of its own"


def test_a_wrong_code_opens_nothing_and_five_lock_the_one_it_resembles(meaux: Authority) -> None:
    codes = seal(meaux)
    halves = read_code(codes[0])
    assert halves is not None
    for wrong in ("", "nothing", "A" * 16, codes[0][:-1], "2" * 16, "\0" * 16, "é" * 16):
        assert opens(wrong) is None
    for _try in range(TRIES):
        assert opens(halves[0] + "2222222222") is None
    assert opens(codes[0]) is None, "locked"
    assert opens(codes[1]) is not None


def test_too_many_tries_from_one_address_wait(meaux: Authority) -> None:
    seal(meaux)
    client = Client()
    answers = [client.post(HERE, {"code": "2" * 16}).status_code for _try in range(31)]
    assert (answers[0], answers[-1]) == (422, 429)


def test_what_is_kept_of_a_code_is_a_hash(meaux: Authority) -> None:
    codes = seal(meaux)
    kept = str(list(SealedCode.objects.values()))
    for code in codes:
        halves = read_code(code)
        assert halves is not None
        assert halves[1] not in kept
    assert kept.count("argon2$argon2id") == CODES


def test_the_sheet_is_no_administrator_whom_others_can_leave_alone(meaux: Authority) -> None:
    boss = make_member("Boss", meaux.organisation, Role.ADMINISTRATOR)
    seal(meaux)
    now = utc_now()
    with pytest.raises(LastAdministrator):
        set_end(membership=Membership.objects.get(person=boss), ends=now, by=None, now=now)


def test_first_steps_say_whether_a_sheet_is_in_the_safe(meaux: Authority) -> None:
    assert not fact(meaux.pk, utc_now()).done
    codes = seal(meaux)
    assert fact(meaux.pk, utc_now()).done
    for code in codes[1:]:
        assert opens(code) is not None
    assert not fact(meaux.pk, utc_now()).done, "one code is not enough"
    person = Sheet.objects.get().person
    now = utc_now()
    make_member("Boss", meaux.organisation, Role.ADMINISTRATOR)
    set_end(membership=Membership.objects.get(person=person), ends=now, by=None, now=now)
    assert not fact(meaux.pk, utc_now()).done


def test_a_void_sheet_goes_with_its_codes(meaux: Authority) -> None:
    seal(meaux)
    former = Sheet.objects.get()
    seal(meaux)
    assert destroy_sheets(keys=[str(former.pk)], now=utc_now(), by=None) == 1
    assert SealedCode.objects.count() == CODES


def test_the_page_says_what_it_is_for() -> None:
    answer = Client(headers={"accept-language": "en"}).get(HERE)
    assert "Every administrator is told at once" in answer.content.decode()
    assert HERE in Client().get("/login/help/").content.decode()
