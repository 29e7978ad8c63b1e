"""GEOS, by shapely, loaded by the first surface that is looked at: with the numbers that it brings it is a seventh of what a process takes
to start, and most processes look at none.

    if TYPE_CHECKING:
        import shapely
    else:
        from beffroi.lib import geos as shapely
"""

from importlib import import_module


def __getattr__(name: str) -> object:
    found: object = getattr(import_module("shapely"), name)
    globals()[name] = found
    return found
