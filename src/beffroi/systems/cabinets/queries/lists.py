"""A list of cabinets, row by row: which are new, which are there already, which can't be right."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.kernel.territory.queries.organisations import visible_organisations
from beffroi.lib.positions import Position
from beffroi.lib.spelling import normalised
from beffroi.lib.viewer import Viewer
from beffroi.persistence.imports import Column, Fate, Fault, Given, Report, Verdict
from beffroi.persistence.located import EAST, NORTH, doubted, fate_of, place_of
from beffroi.systems.cabinets.models import Cabinet

NAMED: Final = 5  # organisations that an error names

COLUMNS: Final = (
    Column(
        "reference",
        gettext_lazy("Reference"),
        ("reference", "ref", "ref pm", "reference pm", "pm", "sro", "nro", "code", "code pm", "id", "identifiant", "armoire", "nom"),
        longest=40,
        hint=gettext_lazy("As it is written on the cabinet"),
        example="PM-77284-0001",
    ),
    Column(
        "address",
        gettext_lazy("Address"),
        ("adresse", "address", "adresse complete", "localisation", "voie", "rue", "lieu", "emplacement"),
        example="12 rue Saint-Rémy",
    ),
    NORTH,
    EAST,
    Column(
        "operator",
        gettext_lazy("Operator"),
        ("operateur", "operator", "oi", "operateur d infrastructure", "gestionnaire", "exploitant", "proprietaire"),
        hint=gettext_lazy("The name of an organisation that is registered"),
        example="Fibre 77",
    ),
)  # fmt: skip


@dataclass
class _Known:
    """What a list is compared with."""

    operators: dict[str, tuple[UUID, str]]
    cabinets: dict[str, Cabinet]
    seen: dict[str, int] = field(default_factory=dict)


def check_list(*, viewer: Viewer, authority: UUID, rows: Sequence[Given], report: Report) -> list[Verdict]:
    """What would become of each row; two queries, however many they are."""
    operators = visible_organisations(viewer).exclude(pk__in=viewer.organisations)
    cabinets = Cabinet.objects.filter(authority_id=authority).select_related("operator")
    known = _Known(
        {normalised(row.name): (row.pk, row.name) for row in operators},
        {row.reference.upper(): row for row in cabinets},
    )
    verdicts = []
    for number, row in enumerate(rows, start=1):
        verdicts.append(_judged(row, known))
        report(number)
    return doubted(verdicts, map(_where, known.cabinets.values()))


def _judged(row: Given, known: _Known) -> Verdict:
    faults = []
    reference = row.text("reference")
    operator = known.operators.get(normalised(row.text("operator")))
    if operator is None:
        faults.append(Fault("operator", _unknown_operator(row.text("operator"), known)))
    place = place_of(row)
    if isinstance(place, Fault):
        faults.append(place)
    first = known.seen.setdefault(reference.upper(), row.number)
    if first != row.number:
        words = _("Row %(number)s has the same reference: keep one of them.") % {"number": first}
        faults.append(Fault("reference", words))
    there = known.cabinets.get(reference.upper())
    if there is not None and operator is not None and there.operator_id != operator[0]:
        words = _("This cabinet is there already, and is %(name)s’s.") % {"name": there.operator.name}
        faults.append(Fault("operator", words))
    if faults or operator is None or isinstance(place, Fault):
        return Verdict(row.number, Fate.WRONG, tuple(faults))
    values: dict[str, str | float | None] = {
        "reference": reference,
        "address": row.text("address"),
        "latitude": round(place.latitude, 7),
        "longitude": round(place.longitude, 7),
        "operator": str(operator[0]),
    }
    fate = fate_of(_where(there) if there else None, there.address if there else "", place, row.text("address"))
    return Verdict(row.number, fate, subject=there.pk if there else None, values=values)


def _unknown_operator(name: str, known: _Known) -> str:
    names = sorted(name for _pk, name in known.operators.values())
    if not names:
        return _("No operator is registered yet: register it first, under People.")
    some = ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")
    return _("No organisation is called “%(name)s”. Those registered: %(names)s.") % {"name": name, "names": some}


def _where(row: Cabinet) -> Position:
    return Position(row.latitude, row.longitude)
