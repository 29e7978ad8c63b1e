"""Documents into bytes: one way for all, by their fields."""

import dataclasses
import math
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from beffroi.adapters.open311.documents import Discovery, Document, Format, ServiceDefinition
from beffroi.adapters.open311.trees import Tree, said, written


class Root(StrEnum):
    """The first element of each document in XML, which says what it is a list of."""

    SERVICES = "services"
    REQUESTS = "service_requests"
    UPDATES = "service_request_updates"
    ERRORS = "errors"


def write_list(root: Root, documents: Sequence[Document], form: Format) -> bytes:
    """A list: of services, of requests (seen or created), of updates, of errors."""
    return written(root, [_tree(each) for each in documents], form)


def write_definition(definition: ServiceDefinition, form: Format) -> bytes:
    """What GET services/<code> answers."""
    return written("service_definition", _tree(definition), form)


def write_discovery(discovery: Discovery, form: Format) -> bytes:
    """What GET discovery answers."""
    return written("discovery", _tree(discovery), form)


def moment_text(moment: datetime) -> str:
    """A moment as W3C-DTF with its zone, to the second."""
    if moment.tzinfo is None:
        raise ValueError("a moment of Open311 has a zone")
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _tree(document: Document) -> Tree:
    told: dict[str, Tree] = {}
    for field in dataclasses.fields(document):
        value = getattr(document, field.name)
        if value is None and field.metadata.get("omitted"):
            continue
        number = field.metadata.get("number") and str(value).isascii() and str(value).isdigit()
        told[field.name] = int(value) if number else _of(value)
    return told


def _of(value: object) -> Tree:
    tree: Tree
    match value:
        case None | bool() | int():
            tree = value
        case float():
            tree = value if math.isfinite(value) else None
        case str():
            tree = said(str(value))
        case datetime():
            tree = moment_text(value)
        case tuple():
            tree = [_of(each) for each in value]
        case _ if isinstance(value, Document):
            tree = _tree(value)
        case _:
            raise TypeError(f"a document of Open311 holds no {type(value).__name__}")
    return tree
