"""The runtime write guard: our tables are written inside an action, and nowhere else, whatever the way to the database."""

import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.territory.actions.authorities import create_territory
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_authority
from beffroi.kernel.territory.models import Organisation, OrganisationKind, Territory, TerritoryKind
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.persistence.guard import UnguardedWrite, copy_into, written_tables

pytestmark = pytest.mark.django_db

TABLE = "territory_organisation"
INSERT = f"INSERT INTO {TABLE} (id, name, kind, created_at) VALUES (%s, 'x', 'town-hall', now())"


def execute(statement: str, *parameters: str | UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [str(one) for one in parameters] or None)


def execute_composed() -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(TABLE)))


def execute_many() -> None:
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, [(uuid4(),), (uuid4(),)])


def organisation(name: str = "Orange") -> Organisation:
    return create_organisation(name=name, kind=OrganisationKind.INFRASTRUCTURE_OPERATOR, by=None)


def unsaved() -> Organisation:
    return Organisation(name="SFR", kind=OrganisationKind.INFRASTRUCTURE_OPERATOR)


WRITES: dict[str, Callable[[], object]] = {
    "save": lambda: unsaved().save(),
    "manager create": lambda: Organisation.objects.create(name="SFR", kind="town-hall"),
    "bulk create": lambda: Organisation.objects.bulk_create([unsaved()]),
    "bulk create, ignoring conflicts": lambda: Organisation.objects.bulk_create([unsaved()], ignore_conflicts=True),
    "bulk update": lambda: Organisation.objects.bulk_update(Organisation.objects.all(), ["name"]),
    "get or create": lambda: Organisation.objects.get_or_create(name="SFR", defaults={"kind": "town-hall"}),
    "update or create": lambda: Organisation.objects.update_or_create(name="Orange", defaults={"kind": "town-hall"}),
    "queryset update": lambda: Organisation.objects.update(name="SFR"),
    "queryset delete": lambda: Organisation.objects.all().delete(),
    "fast delete": lambda: Entry.objects.all()._raw_delete("default"),
    "instance delete": lambda: Organisation.objects.get().delete(),
    "raw insert": lambda: execute(INSERT, uuid4()),
    "raw update": lambda: execute(f"UPDATE {TABLE} SET name = 'SFR'"),
    "raw update of a quoted name": lambda: execute(f"update only \"{TABLE}\" set name = 'SFR'"),
    "raw update of a name with its schema": lambda: execute(f"UPDATE public.{TABLE} SET name = 'SFR'"),
    "raw update of both quoted": lambda: execute(f'UPDATE "public" . "{TABLE}" SET name = \'SFR\''),
    "raw update in capitals": lambda: execute(f"UPDATE {TABLE.upper()} SET name = 'SFR'"),
    "raw update behind a comment": lambda: execute(f"UPDATE /* why */ {TABLE} -- so\n SET name = 'SFR'"),
    "raw update after a false comment": lambda: execute(f"SELECT '--'; UPDATE {TABLE} SET name = 'SFR'"),
    "raw delete": lambda: execute(f"DELETE FROM {TABLE}"),
    "raw delete inside WITH": lambda: execute(f"WITH gone AS (DELETE FROM {TABLE} RETURNING id) SELECT * FROM gone"),
    "raw merge": lambda: execute(f"MERGE INTO {TABLE} USING (SELECT 1) s ON false WHEN NOT MATCHED THEN DO NOTHING"),
    "raw truncate": lambda: execute(f"TRUNCATE TABLE {TABLE} CASCADE"),
    "raw truncate of several": lambda: execute(f"TRUNCATE django_session, {TABLE} CASCADE"),
    "anonymous block": lambda: execute(f"DO $$ BEGIN DELETE FROM {TABLE}; END $$"),
    "composed": execute_composed,
    "executemany": execute_many,
    "raw COPY": lambda: execute(f"COPY {TABLE} FROM '/dev/null'"),
    "COPY by copy_into": lambda: copy_into(f"COPY {TABLE} (id, name, kind, created_at) FROM STDIN", []),
}


@pytest.mark.parametrize("way", WRITES)
def test_a_write_outside_an_action_is_refused_whatever_the_way(way: str) -> None:
    organisation()
    with pytest.raises(UnguardedWrite), transaction.atomic():
        WRITES[way]()
    assert list(Organisation.objects.values_list("name", flat=True)) == ["Orange"]


def test_the_register_is_no_exception() -> None:
    organisation()
    with pytest.raises(UnguardedWrite), transaction.atomic():
        Payload.objects.all().delete()
    assert Payload.objects.exists()


@kernel_action
def rename_everything(*, name: str, by: UUID | None) -> None:
    for row in Organisation.objects.select_for_update():
        row.name = name
        row.save(update_fields=["name"])
    execute(f"UPDATE {TABLE} SET kind = 'town-hall'")


@kernel_action
def copy_organisations(*, names: list[str], by: UUID | None) -> int:
    rows = [(uuid4(), name, "town-hall", timezone.now()) for name in names]
    return copy_into(f"COPY {TABLE} (id, name, kind, created_at) FROM STDIN", rows)


def test_an_action_writes_by_every_way() -> None:
    organisation()
    rename_everything(name="SFR", by=None)
    assert list(Organisation.objects.values_list("name", "kind")) == [("SFR", "town-hall")]
    assert copy_organisations(names=["A", "B"], by=None) == 2
    assert Organisation.objects.count() == 3


def test_the_guard_closes_when_an_action_ends_even_badly() -> None:
    organisation()
    with pytest.raises(UnguardedWrite), transaction.atomic():
        unsaved().save()

    @kernel_action
    def fail(*, by: UUID | None) -> None:
        raise LookupError

    with pytest.raises(LookupError), transaction.atomic():
        fail(by=None)
    with pytest.raises(UnguardedWrite):
        unsaved().save()


def test_another_thread_stays_shut_while_an_action_runs() -> None:
    """The flag belongs to the act's own context: a thread started beside it, or by it, doesn't inherit it."""
    seen: list[BaseException | None] = []

    def write_beside() -> None:
        try:
            execute(f"UPDATE {TABLE} SET name = 'SFR'")
        except UnguardedWrite as refused:
            seen.append(refused)
        else:
            seen.append(None)
        finally:
            connection.close()

    @kernel_action
    def act(*, by: UUID | None) -> None:
        thread = threading.Thread(target=write_beside)
        thread.start()
        thread.join()

    act(by=None)
    assert [type(one) for one in seen] == [UnguardedWrite]


def test_reading_is_never_taken_for_writing() -> None:
    organisation()
    with transaction.atomic():
        assert Organisation.objects.select_for_update(of=("self",), skip_locked=True).count() == 1
        assert len(Organisation.objects.select_for_update(no_key=True)) == 1
    execute(
        f"SELECT name AS update, 'DELETE FROM x' FROM {TABLE} WHERE name <> %s FOR UPDATE SKIP LOCKED", "insert into"
    )
    assert written_tables(f'SELECT "t"."id" FROM "{TABLE}" t FOR NO KEY UPDATE OF "t" NOWAIT').isdisjoint({TABLE})


def test_tables_that_are_not_acts_of_the_domain_stay_open() -> None:
    """Sessions, the cache of rate limits and allauth's own bookkeeping are written by their libraries."""
    Session.objects.create(session_key="k", session_data="", expire_date=timezone.now())
    assert Session.objects.count() == 1


def test_a_system_action_is_refused_inside_another_act() -> None:
    """What it returned must be what was kept, so its transaction is its own."""

    @system_action
    def whole(*, by: UUID | None) -> None:
        create_organisation(name="SFR", kind=OrganisationKind.TOWN_HALL, by=by)

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        whole(by=None)
    assert not Organisation.objects.exists()


def test_an_act_leaves_all_or_nothing() -> None:
    """A kernel action joins its caller: what fails after it takes the row and its entry away together."""

    @kernel_action
    def half(*, by: UUID | None) -> None:
        create_organisation(name="SFR", kind=OrganisationKind.TOWN_HALL, by=by)
        raise LookupError

    entries = Entry.objects.count()
    with pytest.raises(LookupError), transaction.atomic():
        half(by=None)
    assert (Organisation.objects.count(), Entry.objects.count()) == (0, entries)


def test_an_exempt_act_still_needs_the_door() -> None:
    """Places are content, off the register, and still written by an action only."""
    authority = make_authority()
    root = Territory.objects.get(authority=authority)
    place = create_territory(authority=authority, parent=root, kind=TerritoryKind.QUARTIER, name="Beauval", by=None)
    place.name = "Dunant"
    with pytest.raises(UnguardedWrite):
        place.save()
