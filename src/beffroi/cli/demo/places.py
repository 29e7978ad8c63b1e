"""Eighty plausible places of Meaux: real streets, positions drawn around the cathedral. No cabinet really stands there."""

import math
from dataclasses import dataclass

CENTRE = (48.9603, 2.8788)
DEGREES_NORTH = 1 / 111_320  # of latitude, a metre
REACH = 1_900.0  # metres
GOLDEN = math.pi * (3 - math.sqrt(5))

STREETS = """\
rue Saint-Rémy|avenue Franklin-Roosevelt|rue Winston-Churchill|cours Raoult|quai Victor-Hugo|boulevard Jean-Rose
place Lafayette|rue du Grand-Cerf|rue Saint-Étienne|rue du Général-Leclerc|place Henri-IV|avenue de la Victoire
rue du Faubourg-Saint-Nicolas|rue Aristide-Briand|avenue Clemenceau|rue Camille-Guérin|rue de Chaage
chemin de Longperrier|rue Alfred-Maury|rue Louis-Braille|rue Charles-Péguy|avenue Henri-Dunant|rue Georges-Claude
rue des Cordeliers|rue de la Juiverie|quai Jacques-Prévert|rue Bossuet|rue Notre-Dame|rue Saint-Faron
avenue Salvador-Allende|rue François-de-Tessan|rue Jean-Jaurès|rue Pasteur|rue de la Poterie|rue de Châage
boulevard du Raoult|rue Cornillon|rue Madame-Dassy|rue du Tan|rue de Trévise"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cabinet stands."""

    reference: str
    address: str
    latitude: float
    longitude: float


def places(count: int = 80) -> list[Place]:
    """The same ones each time: a sunflower's spiral, so that no two are near and no quarter is bare."""
    streets = [name for line in STREETS.splitlines() for name in line.split("|")]
    found = []
    for index in range(count):
        radius = REACH * math.sqrt((index + 0.5) / count)
        north, east = radius * math.cos(index * GOLDEN), radius * math.sin(index * GOLDEN)
        street = streets[index % len(streets)]
        found.append(
            Place(
                reference=f"PM-77284-{index + 1:04d}",
                address=f"{3 + 7 * (index // len(streets)) + 2 * (index % 11)} {street}",
                latitude=round(CENTRE[0] + north * DEGREES_NORTH, 5),
                longitude=round(CENTRE[1] + east * DEGREES_NORTH / math.cos(math.radians(CENTRE[0])), 5),
            )
        )
    return found
