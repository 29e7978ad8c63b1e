"""Names and traces go on their day, by the worker's deadlines, with an entry each; what must stay, stays."""

import threading
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import connection
from django.utils import translation

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.deadlines.actions import begin_series
from beffroi.kernel.deadlines.jobs import run_firing
from beffroi.kernel.deadlines.models import Deadline
from beffroi.kernel.grants.actions.orders import end_membership
from beffroi.kernel.grants.models import Grant, GrantResource
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.register.queries.payloads import openings_of
from beffroi.kernel.retention.actions.durations import hold, set_duration
from beffroi.kernel.retention.models import Destruction
from beffroi.kernel.retention.rules import civil_day, digest_of, last_day, midnight, next_night
from beffroi.kernel.territory.models import Membership
from beffroi.persistence.guard import writing
from beffroi.persistence.keeping import KEPT
from beffroi.systems.cabinets.models import Use
from tests.retention.town import A_YEAR, OpenedOnce, nights


def kinds(kind: str) -> list[Entry]:
    return list(Entry.objects.filter(kind=kind))


def test_an_opening_is_kept_a_year_to_the_day_then_goes_with_an_entry(opened_once: OpenedOnce) -> None:
    last = last_day(civil_day(opened_once.at), months=12)
    nights(midnight(last))  # the night that begins its last day: still there
    assert Use.objects.exists()
    assert Grant.objects.exists()
    nights(midnight(last + timedelta(days=1)))
    assert not Use.objects.exists()
    # A right that was given late in the evening ends the day after.
    over = last_day(civil_day(Grant.objects.get().ends), months=12) if Grant.objects.exists() else last
    nights(midnight(over + timedelta(days=1)))
    assert not Grant.objects.exists()
    assert not GrantResource.objects.exists()
    row = Destruction.objects.get(rule="cabinets.uses")
    assert (row.count, row.fate, row.first, row.digest) == (
        1,
        "erased",
        opened_once.use.at,
        digest_of([str(opened_once.use.id)]),
    )
    said = openings_of([row.entry])[row.entry]
    assert (said["rule"].value, said["count"].value, said["digest"].value) == ("cabinets.uses", 1, row.digest)


def test_what_the_entry_said_goes_and_the_entry_stays(opened_once: OpenedOnce) -> None:
    entry = opened_once.use.entry
    nights(opened_once.at + A_YEAR, 2)
    assert Entry.objects.filter(pk=entry).exists()
    assert not Payload.objects.filter(entry=entry).exists()
    assert kinds("register.erased")
    # Acts of administration are kept for longer: the convention is still in force.
    signed = Entry.objects.get(kind="convention.signed")
    assert Payload.objects.filter(entry=signed.id).exists()


def test_somebody_who_left_is_forgotten_once_nothing_names_them(opened_once: OpenedOnce) -> None:
    tech = opened_once.street.technician
    member = Membership.objects.get(person=tech)
    end_membership(membership=member, ends=opened_once.at + timedelta(days=1), by=None, now=opened_once.at)
    set_duration(
        kept=KEPT["cabinets.uses"],
        authority=opened_once.use.authority_id,
        length=24,
        by=None,
        now=opened_once.at,
    )
    nights(opened_once.at + A_YEAR, 4)
    assert Person.objects.get(pk=tech.id).name == tech.name, "an opening that is kept two years names them"
    nights(opened_once.at + 2 * A_YEAR, 4)
    gone = Person.objects.get(pk=tech.id)
    assert (gone.name, gone.is_active, gone.has_usable_password()) == ("", False, False)
    assert gone.email == f"{tech.id}@forgotten.invalid"
    assert not EmailAddress.objects.filter(user=gone).exists()
    assert not Membership.objects.filter(person=gone).exists()
    with translation.override("en"):
        assert str(gone) == "somebody whose name was erased"


def test_people_who_are_there_stay_whatever_their_age(opened_once: OpenedOnce) -> None:
    nights(opened_once.at + 3 * A_YEAR, 3)
    there = {opened_once.street.alice.id, opened_once.street.bob.id, opened_once.street.administrator.id}
    assert set(Person.objects.filter(forgotten_at=None).values_list("id", flat=True)) >= there


def test_a_worker_that_was_away_for_a_month_catches_up(opened_once: OpenedOnce) -> None:
    begin_series(now=opened_once.at)
    nights(opened_once.at + A_YEAR + timedelta(days=30))
    assert not Use.objects.exists()
    assert Deadline.objects.filter(kind="retention.night", state="waiting").count() == 1
    assert not Deadline.objects.filter(kind="retention.erasure", state="waiting").exists()


def test_the_worker_has_every_authoritys_nights_begin_and_saying_it_again_changes_nothing(
    opened_once: OpenedOnce,
) -> None:
    stop = threading.Event()

    def clock() -> datetime:
        stop.set()
        return opened_once.at

    run_firing(stop, threading.Event(), clock)
    first = list(Deadline.objects.filter(kind__startswith="retention.").order_by("kind").values_list("id", "due_at"))
    assert first[0][1] == next_night(opened_once.at)
    begin_series(now=opened_once.at + timedelta(hours=1))
    assert (
        list(Deadline.objects.filter(kind__startswith="retention.").order_by("kind").values_list("id", "due_at"))
        == first
    )


def test_more_than_a_batch_goes_in_one_night_in_several_acts(opened_once: OpenedOnce) -> None:
    with writing(), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO cabinets_use (id, authority_id, cabinet_id, device, sequence, admitted,
                reason, marks, transport, nonce, at, clock_known, entry)
            SELECT gen_random_uuid(), authority_id, cabinet_id, device, n, true, '', '[]', 'relay', '', at, true, gen_random_uuid()
            FROM cabinets_use, generate_series(2, 1100) AS n"""
        )
    nights(opened_once.at + A_YEAR)
    assert not Use.objects.exists()
    counts = sorted(Destruction.objects.filter(rule="cabinets.uses").values_list("count", flat=True))
    assert counts == [100, 500, 500]


def test_what_a_judge_asked_for_is_kept_until_its_day(opened_once: OpenedOnce) -> None:
    authority = opened_once.use.authority_id
    until = civil_day(opened_once.at + 2 * A_YEAR)
    held = hold(
        kept=KEPT["cabinets.uses"],
        authority=authority,
        keys=[str(opened_once.use.id)],
        reason="judicial-request",
        until=until,
        by=None,
        now=opened_once.at,
    )
    assert held == 1
    nights(opened_once.at + A_YEAR, 3)
    assert Use.objects.exists()
    nights(opened_once.at + 2 * A_YEAR + timedelta(days=2), 2)
    assert not Use.objects.exists()
    assert len(kinds("retention.held")) == len(kinds("retention.released")) == 1
