"""Fills the demonstration by the same actions as a town; run again, it does only what is missing."""

import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from beffroi.cli.demo.desk import describe
from beffroi.cli.demo.doors import connected, observe_doors
from beffroi.cli.demo.limits import DISTRICTS, OF_MEAUX, OF_PROVINS, draw
from beffroi.cli.demo.neighbours import AROUND, BESIDE, entrust, furnish_provins, settled
from beffroi.cli.demo.people import CHARACTERS, EVERYBODY, OPERATOR, POLICE, SLUG, TOWN, Belongs
from beffroi.cli.demo.pictures import check_some
from beffroi.cli.demo.places import Place, places
from beffroi.cli.demo.reports import report_in_meaux, report_in_provins
from beffroi.cli.demo.residence import furnish_residence
from beffroi.cli.demo.rounds import set_out
from beffroi.cli.demo.sowing import SeedError, Sower, people_come, put_on_line
from beffroi.cli.demo.watch import keep_watch
from beffroi.cli.keys import begin_keys
from beffroi.config.environment import Environment
from beffroi.kernel.accounts.queries import person_by_email
from beffroi.kernel.grants.actions.conventions import Purpose, date_aipd, sign_convention, switch_system
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries import conventions_of_authority, is_switched_on
from beffroi.kernel.grants.rules import Kind, surely
from beffroi.kernel.territory.actions.authorities import create_authority
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.models import Organisation, OrganisationKind
from beffroi.kernel.territory.queries.authorities import authority_named, authority_organisation
from beffroi.kernel.territory.queries.organisations import organisation_named
from beffroi.lib.viewer import Role
from beffroi.systems.cabinets.actions.cabinets import add_cabinet, install_lock, set_ladder
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.queries.cabinets import cabinets_of
from beffroi.systems.cabinets.rules import SYSTEM, Ladder
from beffroi.web.viewers import viewer_for

TITLE = "Armoires de rue connectées 2026-2027"
SINGLE = 3
OPERATOR_PHONE, POLICE_PHONE = "01 99 00 77 20", "01 99 00 77 17"  # numbers that the regulator keeps for fiction
LAW = {
    "legal_text": "Code des postes et des communications électroniques",
    "legal_article": "L34-8-3",
    "legal_version_on": date(2021, 12, 25),
}
PURPOSES = tuple(
    Purpose(code, label, Kind.WORK_ORDER, least=timedelta(minutes=15), most=timedelta(hours=12), **LAW)  # type: ignore[arg-type]  # LAW's three
    for code, label in (
        ("raccordement", "Raccordement d’un client"),
        ("depannage", "Dépannage"),
        ("maintenance", "Maintenance"),
    )
)


def lock_folder(home: Path, index: int, device: str) -> Path:
    """Where a lock keeps its memory: three have a folder, and a process, of their own."""
    return home / "demo" / (f"lock-{index + 1}" if index < SINGLE else f"locks/{device}")


def seed(
    settings: Environment, *, count: int, mobilised: int, clock: Callable[[], datetime], say: Callable[[str], None]
) -> list[Cabinet]:
    """Town, operator, people, convention, cabinets, locks in service, then the neighbours; returns the town's cabinets in the order of
    their references.
    """
    now = clock()
    departement = settled(AROUND, home=settings.home, now=now)
    authority = authority_named(SLUG) or create_authority(slug=SLUG, name=TOWN, inside=departement, by=None).id
    provins = settled(BESIDE, home=settings.home, now=now, inside=departement)
    begin_keys(authority=authority, name=TOWN, home=settings.home, now=now)
    kind = OrganisationKind.INFRASTRUCTURE_OPERATOR
    operator = organisation_named(OPERATOR) or create_organisation(
        name=OPERATOR, kind=kind, steward=authority, phone=OPERATOR_PHONE, by=None
    )
    police = organisation_named(POLICE) or create_organisation(
        name=POLICE, kind=OrganisationKind.MUNICIPAL_POLICE, serves=authority, phone=POLICE_PHONE, by=None
    )
    theirs = {
        Belongs.TOWN: authority_organisation(authority),
        Belongs.OPERATOR: operator,
        Belongs.POLICE: police,
        Belongs.DEPARTEMENT: authority_organisation(departement),
        Belongs.PROVINS: authority_organisation(provins),
    }
    people_come(EVERYBODY, theirs, now)
    administrator = person_by_email(CHARACTERS[0].email)
    by = administrator.id if administrator else None
    if not is_switched_on(authority=authority, system=SYSTEM):
        date_aipd(authority=authority, system=SYSTEM, on=now.date(), by=by, now=now)
        switch_system(authority=authority, system=SYSTEM, on=True, by=by, now=now)
    draw(authority=authority, limit=OF_MEAUX, districts=DISTRICTS, by=by, now=now)
    draw(authority=provins, limit=OF_PROVINS, districts={}, by=None, now=now)
    describe(authority=authority, name=TOWN, cabinets=count, by=by, now=now)
    convention = conventions_of_authority(authority).filter(partner=operator, system=SYSTEM).first() or _convention(
        authority, operator.id, TITLE, by, now
    )
    if administrator:
        viewer = viewer_for(person=administrator.id, as_of=clock())
        keep_watch(viewer=viewer, convention=convention, operator=operator, mobilised=mobilised, by=by)
        say(f"{mobilised} people mobilised by {OPERATOR}")
    cabinets = _cabinets(authority, operator.id, places(count), by, now)
    sower = Sower(settings, by, clock, say)
    _locks(sower, cabinets, convention)
    cabinets = connected(authority)
    observe_doors(sower, authority=authority, operator=operator.id)
    furnish_provins(authority=provins, operator=operator.id, now=now)
    entrust(
        authority=authority,
        departement=departement,
        cabinets=cabinets[SINGLE:],
        sign=lambda partner, title: _convention(authority, partner, title, by, clock()),
        by=by,
        now=clock(),
    )
    _report(sower, authority=authority, neighbour=provins, operator=operator)
    furnish_residence(sower, authority=authority, police=police)
    return cabinets


def _report(sower: Sower, *, authority: uuid.UUID, neighbour: uuid.UUID, operator: Organisation) -> None:
    """Faults reported in both communes."""
    clock, by = sower.clock, sower.by
    officials = {each.belongs: person_by_email(each.email) for each in CHARACTERS if each.role is Role.OFFICIAL}
    ours, theirs = officials[Belongs.TOWN], officials[Belongs.PROVINS]
    report_in_meaux(authority=authority, operator=operator.id, official=ours.id if ours else None, by=by, now=clock())
    report_in_provins(authority=neighbour, official=theirs.id if theirs else None, now=clock())
    check_some(authority=authority, by=by, clock=clock)
    set_out(authority=authority, operator=operator.id, by=by, now=clock())
    sower.say("Fault reports of the last month, with photos and rounds")


def _convention(
    authority: uuid.UUID, partner: uuid.UUID, title: str, by: uuid.UUID | None, now: datetime
) -> Convention:
    return surely(
        sign_convention(
            authority=authority,
            partner=partner,
            system=SYSTEM,
            title=title,
            valid_from=now - timedelta(days=1),
            valid_until=now + timedelta(days=365),
            purposes=PURPOSES,
            transports=("local", "relay"),
            list_age=timedelta(hours=72),
            list_old="refuse",
            time_unknown="refuse",
            by=by,
            now=now,
        )
    )


def _cabinets(
    authority: uuid.UUID, operator: uuid.UUID, stands: list[Place], by: uuid.UUID | None, now: datetime
) -> list[Cabinet]:
    known = {row.reference for row in cabinets_of(authority)}
    for place in stands:
        if place.reference not in known:
            add_cabinet(
                authority=authority,
                operator=operator,
                reference=place.reference,
                address=place.address,
                latitude=place.latitude,
                longitude=place.longitude,
                by=by,
                now=now,
            )
    return connected(authority)


def _locks(sower: Sower, cabinets: list[Cabinet], convention: Convention) -> None:
    """Each lock makes its own key and asks; the minter certifies; the commissioning document goes into the lock's folder."""
    bare = [row for row in cabinets if row.lock_id is None]
    for row, request in zip(bare, _requests(sower.settings.home, cabinets, bare), strict=True):
        install_lock(cabinet=row, request=request, conventions=[convention.id], by=sower.by, now=sower.clock())
    fitted = connected(convention.authority_id)
    for index, row in enumerate(fitted):
        folder = lock_folder(sower.settings.home, index, str(row.lock_id))
        if row.lock_id is not None:
            put_on_line(sower, authority=row.authority_id, device=row.lock_id, folder=folder)
        if row.ladder != Ladder.CONTROL.value:
            set_ladder(cabinet=row, ladder=Ladder.CONTROL, by=sower.by, now=sower.clock())
        if bare and (index + 1) % 20 == 0:
            sower.say(f"{index + 1} locks of {len(fitted)} in service")


def _requests(home: Path, cabinets: list[Cabinet], bare: list[Cabinet]) -> list[str]:
    """What the locks of these cabinets ask to be certified with, each from a store of its own."""
    indices = {row.pk: index for index, row in enumerate(cabinets)}
    # The same name at each run, so that one that was cut short takes up the stores it began.
    devices = {row.pk: str(uuid.uuid5(row.pk, "lock")) for row in bare}
    asked: dict[str, str] = {}
    several = [devices[row.pk] for row in bare if indices[row.pk] >= SINGLE]
    runs = [
        ("--store", lock_folder(home, indices[row.pk], ""), [devices[row.pk]])
        for row in bare
        if indices[row.pk] < SINGLE
    ]
    for option, folder, named in [*runs, *([("--fleet", home / "demo" / "locks", several)] if several else [])]:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [sys.executable, "-m", "beffroi.edge.lock", option, str(folder), "--request", *named],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SeedError(f"a lock could not make its key: {done.stderr.strip()}")
        asked.update({item["device"]: item["request"] for item in map(json.loads, done.stdout.splitlines())})
    return [asked[devices[row.pk]] for row in bare]
