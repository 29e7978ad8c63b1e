"""Who one can be in the demonstration, and who else lives in it. Passwords are printed: a demonstration listens on this machine only."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from beffroi.lib.viewer import Role

PASSWORD = "beffroi-de-meaux-2026"  # noqa: S105 - printed on purpose, see above
TOWN = "Ville de Meaux"
SLUG = "meaux"
OPERATOR = "Fibre 77"
POLICE = "Police municipale de Meaux"
DEPARTEMENT = "Département de Seine-et-Marne"
PROVINS = "Ville de Provins"
LANDLORD = "Trois-Ponts Habitat"
RESIDENCE = "Résidence du Grand-Cerf"
MOBILISED = 2_000


class Belongs(StrEnum):
    """To which of the organisations somebody belongs."""

    TOWN = TOWN
    POLICE = POLICE
    OPERATOR = OPERATOR
    DEPARTEMENT = DEPARTEMENT
    PROVINS = PROVINS
    LANDLORD = LANDLORD


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody with a name of their own; `part` and `part_en` say it to visitors when theirs is a ready-made log-in.

    `also`: a second role there.
    """

    name: str
    email: str
    role: Role
    belongs: Belongs
    part: str = ""
    part_en: str = ""
    also: Role | None = None


CHARACTERS = (
    Character(
        "Claire Moreau",
        "admin@meaux.example",
        Role.ADMINISTRATOR,
        Belongs.TOWN,
        "la ville\N{NO-BREAK SPACE}: administratrice",
        "the town: administrator",
    ),
    Character(
        "Alice Lambert",
        "alice@meaux.example",
        Role.AGENT,
        Belongs.TOWN,
        "la ville\N{NO-BREAK SPACE}: agente",
        "the town: agent",
    ),
    Character(
        "Françoise Lemoine",
        "elue@meaux.example",
        Role.OFFICIAL,
        Belongs.TOWN,
        "la ville\N{NO-BREAK SPACE}: élue, jusqu’à la fin de son mandat",
        "the town: elected official, until her mandate ends",
    ),
    Character(
        "Samir Haddad",
        "police@meaux.example",
        Role.OPERATOR,
        Belongs.POLICE,
        "la police municipale\N{NO-BREAK SPACE}: tient le poste",
        "the municipal police: holds the post",
    ),
    Character(
        "Bob Girard",
        "bob@fibre77.example",
        Role.DISPATCHER,
        Belongs.OPERATOR,
        "l’opérateur\N{NO-BREAK SPACE}: donne les bons d’intervention",
        "the operator: gives work orders",
    ),
    Character(
        "Théo Marchand",
        "theo@fibre77.example",
        Role.TECHNICIAN,
        Belongs.OPERATOR,
        "l’opérateur\N{NO-BREAK SPACE}: technicien",
        "the operator: technician",
    ),
    Character(
        "Inès Roy",
        "ines@fibre77.example",
        Role.TECHNICIAN,
        Belongs.OPERATOR,
        "l’opérateur\N{NO-BREAK SPACE}: technicienne",
        "the operator: technician",
    ),
    Character(
        "Karim Diallo",
        "karim@fibre77.example",
        Role.MEMBER,
        Belongs.OPERATOR,
        "l’opérateur\N{NO-BREAK SPACE}: un des 2\N{NARROW NO-BREAK SPACE}000 mobilisés",
        "the operator: one of the 2,000 mobilised",
    ),
    Character(
        "Odile Vautrin",
        "odile@departement77.example",
        Role.AGENT,
        Belongs.DEPARTEMENT,
        "le Département\N{NO-BREAK SPACE}: agente, suit les armoires que Meaux lui confie, et rien d’autre de la ville",
        "the département: agent, looks after the cabinets that Meaux entrusts to it, and sees no more of the town",
        also=Role.DISPATCHER,
    ),
    Character(
        "Denis Carpentier",
        "admin@provins.example",
        Role.ADMINISTRATOR,
        Belongs.PROVINS,
        "Provins\N{NO-BREAK SPACE}: administrateur, ne voit que sa ville",
        "Provins: administrator, sees his own town only",
    ),
    Character(
        "Armelle Jolivet",
        "elue@provins.example",
        Role.OFFICIAL,
        Belongs.PROVINS,
        "Provins\N{NO-BREAK SPACE}: élue, jusqu’à la fin de son mandat",
        "Provins: elected official, until her mandate ends",
    ),
)
# Those of the residence, who come with its cameras.
RESIDENTS = (
    Character(
        "Monique Bastien",
        "gardienne@troisponts.example",
        Role.MEMBER,
        Belongs.LANDLORD,
        "le bailleur\N{NO-BREAK SPACE}: gardienne de la résidence",
        "the landlord: the residence’s manager",
    ),
    Character(
        "Pascal Renard",
        "astreinte@troisponts.example",
        Role.DISPATCHER,
        Belongs.LANDLORD,
        "le bailleur\N{NO-BREAK SPACE}: d’astreinte, répond aux demandes d’images",
        "the landlord: on call, answers requests for images",
    ),
)
# Two more officers on the roster; the desk and the technicians of the other cabinets, and who opens a corner's for its visitor.
OFFICERS = (
    Character("Julie Perrin", "julie.perrin@meaux.example", Role.OPERATOR, Belongs.POLICE),
    Character("Marc Olivier", "marc.olivier@meaux.example", Role.OPERATOR, Belongs.POLICE),
)
PLANNER = Character("Nadia Faure", "planning@fibre77.example", Role.DISPATCHER, Belongs.OPERATOR)
HELPER = Character("Sarah Petit", "sarah@fibre77.example", Role.TECHNICIAN, Belongs.OPERATOR)
ROUND = (
    Character("Malik Benali", "malik@fibre77.example", Role.TECHNICIAN, Belongs.OPERATOR),
    Character("Lucie Ferrand", "lucie@fibre77.example", Role.TECHNICIAN, Belongs.OPERATOR),
)
EVERYBODY = (*CHARACTERS, *OFFICERS, PLANNER, HELPER, *ROUND)

FIRST_NAMES = (
    "Adrien Agathe Amina Antoine Arthur Aurélie Baptiste Benoît Camille Carole Cédric Chloé Clément Damien Delphine Élodie Émile "
    "Fatou Florian Gaëlle Guillaume Hélène Hugo Idriss Jeanne Jérôme Julien Karine Laura Léa Lucas Manon Mathilde Mehdi Mélanie "
    "Nabil Nathalie Nicolas Océane Olivier Pauline Quentin Rachid Romain Salomé Sofia Thomas Valérie Yanis Zoé"
)
LAST_NAMES = (
    "Aubert Barbier Bertrand Bonnet Boyer Caron Chevalier Colin Dasilva Denis Dupuis Fabre Fontaine Fournier Garnier Gauthier "
    "Guérin Henry Hubert Joly Lacroix Lebrun Leclerc Lemaire Leroux Mercier Meunier Morel Muller Nguyen Noël Picard Renaud "
    "Rolland Roussel Simon Tessier Traoré Vasseur Vidal"
)


def invented(count: int) -> list[tuple[str, str]]:
    """Names and addresses of that many invented people, no two alike: 50 first names by 40 surnames, as often as it takes."""
    first, last = FIRST_NAMES.split(), LAST_NAMES.split()
    found = []
    for number in range(count):
        again, place = divmod(number, len(first) * len(last))
        name = f"{first[place % len(first)]} {last[place // len(first)]}"
        found.append((name, f"{_plain(name)}{again or ''}@fibre77.example"))
    return found


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower().replace(" ", "."))
    return "".join(letter for letter in letters if letter.isascii())
