"""A phone becomes its owner's through the API: by the firm's code or a passkey just used, with proof that it holds its key."""

import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from django.db import transaction
from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.devices.factories import town
from beffroi.kernel.grants.actions.holders import give_code, revoke_phone
from beffroi.kernel.grants.minter import mint_all
from beffroi.kernel.grants.models import EnrolmentCode, HolderKey, RevocationList
from beffroi.kernel.register.actions import record
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.protocol.v1.jwk import holder_key
from beffroi.protocol.v1.possession import make_possession

pytestmark = pytest.mark.django_db


@pytest.fixture
def tech() -> Person:
    return make_member("Théo", make_organisation("Fibre 77"), Role.TECHNICIAN)


@pytest.fixture
def phone(tech: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(tech)
    return client


def new_key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


def code_for(tech: Person) -> str:
    organisation = tech.memberships.get().organisation_id
    return give_code(person=tech.id, organisation=organisation, by=None, now=utc_now())


def ask(phone: Client) -> dict[str, str]:
    answer: dict[str, str] = phone.post("/api/v1/holder/challenge").json()
    return answer


def enrol(phone: Client, key: EllipticCurvePrivateKey, code: str | None, **asked: str) -> tuple[int, str]:
    """Status, and the problem's code if there was one."""
    said = asked or ask(phone)
    proof = make_possession(audience=said["audience"], nonce=said["nonce"], key=key, code=code)
    answer = phone.post("/api/v1/holder/keys", {"proof": proof}, content_type="application/json")
    return answer.status_code, str(answer.json().get("code", ""))


def entries() -> list[str]:
    return list(Entry.objects.filter(kind__startswith="phone.").order_by("number").values_list("kind", flat=True))


def test_with_the_firms_code_the_phone_is_theirs(phone: Client, tech: Person) -> None:
    key = new_key()
    typed = code_for(tech).replace("-", "").lower()
    assert enrol(phone, key, typed) == (200, "")
    row = HolderKey.objects.get()
    assert (row.person_id, row.thumbprint, row.enrolled_by) == (tech.id, holder_key(key).thumbprint, "code")
    assert entries() == ["phone.code-given", "phone.enrolled"]


def test_a_code_serves_once_and_the_new_phone_replaces_the_old(phone: Client, tech: Person) -> None:
    first, second = new_key(), new_key()
    code = code_for(tech)
    assert enrol(phone, first, code)[0] == 200
    assert enrol(phone, second, code) == (409, "no-code")
    assert enrol(phone, second, code_for(tech))[0] == 200
    assert list(HolderKey.objects.filter(revoked_at=None).values_list("thumbprint", flat=True)) == [
        holder_key(second).thumbprint
    ]


def test_five_wrong_tries_void_the_code(phone: Client, tech: Person) -> None:
    code, key = code_for(tech), new_key()
    assert [enrol(phone, key, "AAAAA-AAAAA")[1] for _try in range(5)] == ["wrong-code"] * 4 + ["too-many-tries"]
    assert enrol(phone, key, code) == (409, "no-code")
    assert entries().count("phone.refused") == 6
    assert HolderKey.objects.count() == 0


def test_a_code_is_over_after_two_days(phone: Client, tech: Person) -> None:
    organisation = tech.memberships.get().organisation_id
    code = give_code(person=tech.id, organisation=organisation, by=None, now=utc_now() - timedelta(hours=49))
    assert enrol(phone, new_key(), code) == (409, "no-code")


def test_only_a_keyed_hash_of_the_code_is_kept(tech: Person) -> None:
    code = code_for(tech)
    assert code not in str(EnrolmentCode.objects.values().get())


def test_without_a_code_a_passkey_just_used_is_needed(phone: Client, tech: Person) -> None:
    assert enrol(phone, new_key(), None) == (409, "needs-code")
    lately(phone, tech, at=time.time() - 3600)
    assert enrol(phone, new_key(), None) == (409, "needs-code")
    lately(phone, tech, at=time.time())
    assert enrol(phone, new_key(), None) == (200, "")
    assert HolderKey.objects.get().enrolled_by == "passkey"


def lately(phone: Client, tech: Person, *, at: float) -> None:
    """What allauth writes into the session of somebody who used a passkey."""
    session = phone.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "webauthn", "at": at}]
    session["account_authentication_methods_user"] = str(tech.pk)
    session.save()


def test_a_proof_is_for_this_server_this_time_and_this_key(phone: Client, tech: Person) -> None:
    code, key = code_for(tech), new_key()
    said = ask(phone)
    assert enrol(phone, key, code, audience="https://elsewhere.example", nonce=said["nonce"]) == (
        400,
        "possession-audience",
    )
    said = ask(phone)
    assert enrol(phone, key, code, audience=said["audience"], nonce="AAAAAAAAAAAAAAAAAAAAAA") == (
        400,
        "possession-nonce",
    )
    assert enrol(phone, key, code, audience=said["audience"], nonce=said["nonce"]) == (409, "challenge-missing")
    answer = phone.post("/api/v1/holder/keys", {"proof": "x.y.z"}, content_type="application/json")
    assert answer.status_code == 409
    ask(phone)
    answer = phone.post("/api/v1/holder/keys", {"proof": "x.y.z"}, content_type="application/json")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert enrol(phone, key, code)[0] == 200


def test_a_key_is_enrolled_once_whoever_brings_it(phone: Client, tech: Person) -> None:
    key = new_key()
    assert enrol(phone, key, code_for(tech))[0] == 200
    assert enrol(phone, key, code_for(tech)) == (409, "key-known")


def test_a_lost_phone_is_on_the_next_list_of_every_authority(phone: Client, tech: Person, tmp_path: Path) -> None:
    here = town(tmp_path, now=utc_now())
    make_authority("elsewhere")
    key = new_key()
    assert enrol(phone, key, code_for(tech))[0] == 200
    mint_all(here.store, utc_now())
    assert RevocationList.objects.get().keys == []
    assert revoke_phone(person=tech.id, by=None, now=utc_now())
    assert not revoke_phone(person=tech.id, by=None, now=utc_now())
    mint_all(here.store, utc_now())
    assert RevocationList.objects.order_by("-number")[0].keys == [holder_key(key).thumbprint]
    mint_all(here.store, utc_now())
    assert RevocationList.objects.count() == 2


def test_the_latest_acts_with_a_phone_are_shown_however_many_there_were(phone: Client, tech: Person) -> None:
    key = new_key()
    assert enrol(phone, key, code_for(tech))[0] == 200
    town, thumbprint = make_authority("meaux"), holder_key(key).thumbprint

    def act(kind: str, fields: dict[str, str | int]) -> None:
        record(kind=kind, authority=town.pk, by=None, fields=fields, grant=uuid4(), holder=thumbprint)

    with transaction.atomic():
        for _ in range(1001):
            act("grant.closed", {"reason": "ended"})
        act("grant.minted", {"keyset": 1})
    page = phone.get("/phone/acts/").content.decode()
    assert page.count("<summary>") == 50
    assert page.index("A right was signed for its holder") < page.index("A right ended before its time")
