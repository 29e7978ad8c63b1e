"""What the demonstration's town says of itself, and what it has: invented, like everything here."""

import io
from datetime import date, datetime
from uuid import UUID

from PIL import Image, ImageDraw

from beffroi.kernel.territory.actions.settings import Part, change_legal_notice, change_settings, set_logo
from beffroi.kernel.townhall.actions.beginnings import write_thing
from beffroi.kernel.townhall.models import Connection, ThingKind
from beffroi.kernel.townhall.queries.steps import inventory
from beffroi.lib.pictures import Unfit, redraw

COLOUR = "#1f5f8b"
CONTACT = {
    "address": "Hôtel de ville\nPlace de l’Hôtel-de-Ville\n77100 Meaux",
    "phone": "01 99 00 77 00",  # a number that the regulator keeps for fiction
    "email": "accueil@meaux.example",
    "opening": "Du lundi au vendredi, 8 h 30 – 12 h et 13 h 30 – 17 h 30 ; le samedi, 9 h – 12 h",
}
LEGAL = {
    "siren": "",
    "director": "Le maire de Meaux",
    "host_name": "Direction des systèmes d’information de la ville",
    "host_address": "Place de l’Hôtel-de-Ville\n77100 Meaux",
    "host_phone": "01 99 00 77 10",
    "dpo_name": "Déléguée à la protection des données du Pays de Meaux",
    "dpo_email": "donnees@meaux.example",
    "dpo_address": "",
}
ACCESSIBILITY: dict[str, str | int | date | None] = {
    "audit_rate": 82,
    "audit_on": date(2026, 10, 12),
    "auditor": "un bureau d’audit inventé",
    "gaps": "La carte de la console : son contenu est donné en liste à côté\nLes cartes imprimées n’ont pas de description longue",
    "plan": "https://meaux.example/accessibilite",
    "help_email": "",
}
HAS = (
    (ThingKind.CABINETS, "armoires fibre", None, "Fibre 77", Connection.ALL, "Bureau de Fibre 77"),
    (ThingKind.CAMERAS, "voie publique", 128, "la ville", Connection.SOME, "Centre de supervision"),
    (ThingKind.LAMPS, "avenue Roosevelt", 64, "la ville", Connection.NONE, "Éclairage public"),
    (ThingKind.BIKE_RACKS, "gare et centre", 40, "la ville", Connection.NONE, "Voirie"),
    (ThingKind.WIFI, "médiathèque, piscine, mairie", 9, "l’agglomération", Connection.UNKNOWN, ""),
    (ThingKind.REPORTS, "numéro vert et formulaire papier", 2, "la ville", Connection.NONE, "Accueil"),
)
SIDE = 360


def describe(*, authority: UUID, name: str, cabinets: int, by: UUID | None, now: datetime) -> None:
    """Fill in what a town would; twice changes nothing."""
    if inventory(authority).exists():
        return
    identity = {"name": name, "short_name": "Meaux", "colour": COLOUR}
    change_settings(authority=authority, part=Part.IDENTITY, values=identity, by=by, now=now)
    change_settings(authority=authority, part=Part.CONTACT, values=CONTACT, by=by, now=now)
    change_legal_notice(authority=authority, part=Part.LEGAL, values=LEGAL, by=by, now=now)
    change_legal_notice(authority=authority, part=Part.ACCESSIBILITY, values=ACCESSIBILITY, by=by, now=now)
    drawing = redraw(shield())
    if not isinstance(drawing, Unfit):
        set_logo(authority=authority, drawing=drawing, by=by, now=now)
    for kind, place, count, owner, connected, answers in HAS:
        line = {
            "kind": kind,
            "place": place,
            "count": cabinets if count is None else count,
            "owner": owner,
            "connected": connected,
            "answers": answers,
        }
        write_thing(authority=authority, thing=None, values=line, by=by, now=now)


def shield() -> bytes:
    """A drawing of nobody's: a belfry on a shield."""
    picture = Image.new("RGBA", (SIDE, SIDE))
    pen = ImageDraw.Draw(picture)
    pen.polygon([(40, 20), (320, 20), (320, 200), (180, 345), (40, 200)], fill=COLOUR)
    pen.rectangle((150, 120, 210, 270), fill="#ffffff")
    pen.polygon([(140, 120), (180, 55), (220, 120)], fill="#ffffff")
    pen.ellipse((165, 140, 195, 170), fill=COLOUR)
    pen.rectangle((170, 225, 190, 270), fill=COLOUR)
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()
