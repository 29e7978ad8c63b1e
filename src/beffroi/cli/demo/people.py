"""Who one can be in the demonstration. Their password is printed: a demonstration listens on this machine only."""

from dataclasses import dataclass

from beffroi.lib.viewer import Role

PASSWORD = "beffroi-de-meaux-2026"  # noqa: S105 - printed on purpose, see above
TOWN = "Ville de Meaux"
SLUG = "meaux"
OPERATOR = "Fibre 77"


@dataclass(frozen=True, slots=True)
class Character:
    """A ready-made log-in."""

    name: str
    email: str
    role: Role
    at_town: bool
    part: str


CHARACTERS = (
    Character("Claire Moreau", "admin@meaux.example", Role.ADMINISTRATOR, True, "la ville : administratrice"),
    Character("Alice Lambert", "alice@meaux.example", Role.AGENT, True, "la ville : agente"),
    Character(
        "Bob Girard", "bob@fibre77.example", Role.DISPATCHER, False, "l’opérateur : donne les bons d’intervention"
    ),
    Character("Théo Marchand", "theo@fibre77.example", Role.TECHNICIAN, False, "l’opérateur : technicien"),
    Character("Inès Roy", "ines@fibre77.example", Role.TECHNICIAN, False, "l’opérateur : technicienne"),
)
