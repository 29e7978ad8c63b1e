"""Fault reports of the demonstration: what its towns promise, who receives what, a month that went by and what is open today.

What is over is written down as it was. What is open has weeks left even at the demonstration's pace, so that nothing is late by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID, uuid5

from django.utils.translation import override

from beffroi.cli.demo.pictures import taken
from beffroi.cli.demo.places import Place, places
from beffroi.cli.demo.things import stand_in_streets
from beffroi.kernel.accounts.queries import person_by_email
from beffroi.kernel.grants.actions.conventions import (
    Purpose,
    cover_resources,
    date_aipd,
    sign_convention,
    switch_system,
)
from beffroi.kernel.grants.queries import conventions_of_authority, is_switched_on
from beffroi.kernel.grants.rules import Kind, surely
from beffroi.kernel.territory.queries.authorities import authority_organisation
from beffroi.lib.positions import Position
from beffroi.systems.reports.actions.handling import Said, stage_report
from beffroi.systems.reports.actions.making import Coming, Step, Told, make_report, write_down_past
from beffroi.systems.reports.actions.settings import begin_categories, keep_category, keep_team, keep_way
from beffroi.systems.reports.actions.teams import join_team
from beffroi.systems.reports.models import Category, Report, Team, Way
from beffroi.systems.reports.pages.intake import leave_out
from beffroi.systems.reports.queries.starters import starters
from beffroi.systems.reports.rules import SYSTEM, Decline, Priority, Source, Stage

NEAR: Final = 26  # places of the town that lie within its limits
A_MONTH: Final = 30 * 24  # hours: what is promised of what can wait
PROVINS: Final = Place("", "2 place du Maréchal-Leclerc", 48.5586, 3.3003)
NETWORKS: Final = ("cabinet", "pole", "cable")
# Where each team is written to, and who is of it.
TEAMS: Final = {
    "Voirie": ("voirie@meaux.example", ("alice@meaux.example",)),
    "Propreté": ("proprete@meaux.example", ("alice@meaux.example", "admin@meaux.example")),
    "Astreinte fibre": ("astreinte@fibre77.example", ("theo@fibre77.example", "ines@fibre77.example")),
}


@dataclass(frozen=True, slots=True)
class Past:
    """A report that is over: its kind, how many days ago it came, after how many hours it was done, what was said."""

    kind: str
    days: float
    hours: float
    text: str
    done: str
    source: Source = Source.POCKET
    priority: Priority | None = None
    official: bool = False
    declined: Decline | None = None


PAST: Final = (
    Past("pothole", 29.2, 20, "Un trou profond devant l’école.", "Rebouché à l’enrobé.", official=True),
    Past("lamp", 28.4, 30, "Le lampadaire clignote toute la nuit.", "Ampoule changée."),
    Past("dump", 27.8, 9, "Un matelas et des gravats.", "Enlevé."),
    Past("bin", 27.1, 6, "La corbeille déborde.", "Vidée."),
    Past("cable", 26.3, 2, "Un câble arraché pend sur le trottoir.", "Mis en sécurité.", priority=Priority.DANGER),
    Past("pothole", 25.5, 41, "Nid-de-poule au carrefour.", "Rebouché."),
    Past("drain", 24.6, 33, "L’avaloir est plein de feuilles.", "Débouché.", source=Source.PHONE),
    Past("graffiti", 23.9, 70, "Un tag sur le mur du gymnase.", "Nettoyé."),
    Past("lamp", 22.7, 75, "Trois lampadaires éteints de suite.", "Câble réparé, rue éclairée.", official=True),
    Past("sign", 21.8, 26, "Le panneau « stop » est à terre.", "Redressé.", priority=Priority.URGENT, official=True),
    Past("pothole", 20.9, 18, "La chaussée s’affaisse.", "Comblé et compacté."),
    Past("dump", 19.7, 22, "Des sacs éventrés.", "Enlevé.", source=Source.COUNTER),
    Past("furniture", 18.8, 90, "Une latte du banc est cassée.", "Latte remplacée."),
    Past("branch", 17.9, 5, "Une branche barre la piste cyclable.", "Débitée et emportée."),
    Past("lamp", 16.6, 28, "Plus de lumière au passage piéton.", "Ampoule changée.", priority=Priority.URGENT),
    Past("pothole", 15.4, 63, "Un trou qui s’agrandit.", "Rebouché après la pluie."),
    Past("cabinet", 14.8, 11, "L’armoire est restée ouverte.", "Refermée, serrure vérifiée.", official=True),
    Past("bin", 13.7, 30, "Pleine depuis deux jours.", "Vidée."),
    Past("pavement", 12.9, 50, "Une dalle bascule.", "Dalle reposée."),
    Past("dump", 11.6, 15, "Des pneus au bord du canal.", "Enlevés."),
    Past("leak", 10.5, 8, "De l’eau coule sur la route.", "Fuite fermée.", source=Source.PHONE),
    Past("pothole", 9.3, 24, "Deux trous côte à côte.", "Rebouchés."),
    Past("lamp", 8.2, 19, "Le mât est penché.", "Redressé."),
    Past("sign", 7.4, 4, "Une route de la région.", "La route est à la Région : prévenue.", declined=Decline.NOT_OURS),
    Past("pole", 6.1, 20, "Un poteau de téléphone penche.", "Poteau remplacé."),
    Past("dump", 4.7, 12, "Un canapé.", "Enlevé."),
    Past("graffiti", 3.8, 40, "Des affiches collées sur l’abribus.", "Décollées."),
    Past("lamp", 2.9, 31, "Éteint depuis dimanche.", "Réparé."),
)
JOINED: Final = Past("dump", 4.5, 1, "Un vieux canapé sur le trottoir.", "")
# What is open: its kind, its words, how far it is.
OPEN: Final = (
    ("pothole", "Un nid-de-poule se forme devant le portail.", Stage.RECEIVED),
    ("pavement", "La bordure est descellée.", Stage.ACKNOWLEDGED),
    ("lamp", "Lampadaire éteint au fond de l’impasse.", Stage.PLANNED),
    ("green", "La haie déborde sur le trottoir.", Stage.RECEIVED),
    ("furniture", "Le filet du terrain de jeu est troué.", Stage.MENDING),
    ("dump", "Chez M. Lenoir, au 12, on dépose des sacs tous les soirs.", Stage.RECEIVED),
    ("graffiti", "Un tag sous le pont.", Stage.RECEIVED),
    ("cabinet", "La porte de l’armoire ferme mal.", Stage.ACKNOWLEDGED),
    ("pole", "Le poteau est fendu à sa base.", Stage.RECEIVED),
    ("drain", "L’eau s’écoule lentement.", Stage.RECEIVED),
)


@dataclass(frozen=True, slots=True)
class Sown:
    """A town that takes reports: its kinds of faults by code, where they lie, who reports some of them; the things around, by kind and
    address.
    """

    authority: UUID
    kinds: dict[str, Category]
    stands: Sequence[Place]
    official: UUID | None
    by: UUID | None
    now: datetime
    things: Mapping[tuple[str, str], UUID]


def report_in_meaux(*, authority: UUID, operator: UUID, official: UUID | None, by: UUID | None, now: datetime) -> None:
    """The town's reports, once: kinds, teams, ways, the operator's convention, the month that went by, what is open."""
    if is_switched_on(authority=authority, system=SYSTEM):
        return
    kinds = _begun(authority, by, now)
    _routed(authority, operator, kinds, by, now)
    stands = places()[:NEAR]
    things = stand_in_streets(authority=authority, stands=stands, operator=operator, by=by, now=now)
    sown = Sown(authority, kinds, stands, official, by, now, things)
    rows = [_past(sown, number, past) for number, past in enumerate(PAST)]
    _past(sown, len(PAST), JOINED, into=rows[25], stand=25)
    for number, (kind, text, stage) in enumerate(OPEN):
        _open(sown, number, kind, text, stage)
    _switched_on(authority, by, now)


def report_in_provins(*, authority: UUID, official: UUID | None, now: datetime) -> None:
    """The second commune's, fewer."""
    if is_switched_on(authority=authority, system=SYSTEM):
        return
    sown = Sown(authority, _begun(authority, None, now), [PROVINS], official, None, now, {})
    for number, past in enumerate(PAST[:5]):
        _past(sown, number, past)
    _open(sown, 0, "pavement", "Un pavé manque au pied des remparts.", Stage.RECEIVED)
    _switched_on(authority, None, now)


def _begun(authority: UUID, by: UUID | None, now: datetime) -> dict[str, Category]:
    with override("fr"):
        offered = starters()
    begin_categories(authority=authority, offered=offered, by=by, now=now)
    rows = {row.code: row for row in Category.objects.filter(authority_id=authority)}
    for code in sorted({kind for kind, _text, _stage in OPEN}):
        promises = {int(Priority.DANGER): (4, False), int(Priority.CAN_WAIT): (A_MONTH, False)}
        keep_category(category=rows[code], promises=promises, by=by, now=now)
    return rows


def _switched_on(authority: UUID, by: UUID | None, now: datetime) -> None:
    date_aipd(authority=authority, system=SYSTEM, on=now.date(), by=by, now=now)
    switch_system(authority=authority, system=SYSTEM, on=True, by=by, now=now)


def _routed(authority: UUID, operator: UUID, kinds: dict[str, Category], by: UUID | None, now: datetime) -> None:
    town = authority_organisation(authority).pk
    if Way.objects.filter(authority_id=authority).exists():
        return
    roads, clean = (_team(authority, town, name, by, now) for name in ("Voirie", "Propreté"))
    fibre = _team(authority, operator, "Astreinte fibre", by, now)
    ways = [
        *(Way(category=kinds[code], organisation_id=town, team=roads) for code in ("pothole", "pavement", "sign")),
        *(Way(category=kinds[code], organisation_id=town, team=clean) for code in ("dump", "bin", "graffiti")),
        *(Way(category=kinds[code], organisation_id=operator, team=fibre) for code in NETWORKS),
        Way(category=kinds["lamp"], organisation_id=town, team=roads, days="56", starts=time(18), ends=time(8)),
    ]
    _convention(authority, operator, [kinds[code].pk for code in NETWORKS], by, now)
    for way in ways:
        way.authority_id = authority
        keep_way(way=way, by=by, now=now)


def _team(authority: UUID, organisation: UUID, name: str, by: UUID | None, now: datetime) -> Team:
    known = Team.objects.filter(authority_id=authority, organisation_id=organisation, name=name).first()
    if known is None:
        email, people = TEAMS[name]
        known = Team(authority_id=authority, organisation_id=organisation, name=name, email=email)
        keep_team(team=known, by=by, now=now)
        for person in filter(None, map(person_by_email, people)):
            join_team(team=known, person=person.pk, by=by, now=now)
    return known


def _convention(authority: UUID, operator: UUID, covered: Sequence[UUID], by: UUID | None, now: datetime) -> None:
    if conventions_of_authority(authority).filter(partner=operator, system=SYSTEM).exists():
        return
    mending = Purpose(
        "reparation",
        "Réparation",
        Kind.WORK_ORDER,
        legal_text="Code des postes et des communications électroniques",
        legal_article="L34-8-3",
        legal_version_on=datetime(2021, 12, 25, tzinfo=now.tzinfo).date(),
        least=timedelta(minutes=15),
        most=timedelta(hours=24),
    )
    convention = surely(
        sign_convention(
            authority=authority,
            partner=operator,
            system=SYSTEM,
            title="Pannes du réseau de fibre 2026-2027",
            valid_from=now - timedelta(hours=1),
            valid_until=now + timedelta(days=365),
            purposes=[mending],
            transports=("local", "relay"),
            list_age=timedelta(hours=72),
            list_old="refuse",
            time_unknown="refuse",
            by=by,
            now=now,
        )
    )
    cover_resources(convention=convention, resources=covered, by=by, now=now)


def _told(sown: Sown, kind: str, text: str, stand: int, priority: Priority | None) -> Told:
    place = sown.stands[stand % len(sown.stands)]
    near = Position(place.latitude + 0.0001 * (stand % 3), place.longitude + 0.0001 * (stand % 5))
    about = sown.kinds[kind]
    thing = sown.things.get((about.asset, place.address))
    return Told(
        category=about.pk,
        position=near,
        address=place.address,
        text=text,
        priority=priority,
        asset_kind=about.asset if thing else "",
        asset=thing,
    )


def _past(
    sown: Sown, number: int, past: Past, *, into: Report | None = None, stand: int | None = None
) -> Report | None:
    came = sown.now - timedelta(days=past.days)
    over = came + timedelta(hours=past.hours)
    steps = [Step(Stage.ACKNOWLEDGED, came + timedelta(hours=past.hours / 4))]
    if past.declined:
        steps.append(Step(Stage.DECLINED, over, past.done, past.declined.value))
    else:
        steps.append(Step(Stage.MERGED if into else Stage.DONE, over, into.reference if into else past.done))
    author = sown.official if past.official else None
    return write_down_past(
        coming=Coming(sown.authority, uuid5(sown.authority, f"past {number}"), past.source, author, came),
        told=_told(sown, past.kind, past.text, number if stand is None else stand, past.priority),
        steps=steps,
        into=into,
        by=sown.by,
        now=sown.now,
    )


def _open(sown: Sown, number: int, kind: str, text: str, stage: Stage) -> None:
    author = sown.official if number % 2 == 0 else None
    pictures = taken(authority=sown.authority, kind=kind, number=number)
    report, new = make_report(
        authority=sown.authority,
        submission=uuid5(sown.authority, f"open {number}"),
        told=_told(sown, kind, text, 3 * number + 1, Priority.CAN_WAIT),
        photos=pictures,
        source=Source.POCKET,
        author=author,
        by=author,
        now=sown.now,
    )
    if not new:
        leave_out(authority=sown.authority, photos=pictures)
    if new and stage is not Stage.RECEIVED:
        planned = sown.now.date() + timedelta(days=4) if stage is Stage.PLANNED else None
        stage_report(
            report=report, stage=stage, said=Said("On s’en occupe."), planned_for=planned, by=sown.by, now=sown.now
        )
