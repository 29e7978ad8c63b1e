"""Every route the server answers: Django's resolver walked to its leaves, the API's operations among them, each with its methods."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from django.views.generic.edit import ProcessFormView
from ninja.operation import Operation, PathView

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, order=True)
class Route:
    """An address as it is declared, `/cabinets/<uuid:pk>/`, and what may be asked there.

    `api`: it speaks JSON and asks for log-in itself; `public`: its view says that nobody need log in.
    """

    path: str
    methods: tuple[str, ...]
    api: bool
    public: bool


@cache
def routes() -> list[Route]:
    """All of them; names that share an address are one route."""
    merged: dict[str, Route] = {}
    for route in _walk("/", get_resolver().url_patterns):
        before = merged.get(route.path, route)
        methods = tuple(name for name in METHODS if name in {*before.methods, *route.methods})
        merged[route.path] = Route(route.path, methods, route.api, before.public or route.public)
    return sorted(merged.values())


def named() -> list[tuple[str, str]]:
    """What each address is called, and how it begins: before its first parameter (one name may serve several forms of a page)."""
    found, waiting = [], [("/", item) for item in get_resolver().url_patterns]
    while waiting:
        prefix, item = waiting.pop()
        path = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            waiting += [] if item.namespace else [(path, one) for one in item.url_patterns]
        elif item.name:
            found.append((item.name, path.partition("<")[0]))
    return found


def _walk(prefix: str, patterns: list[Any]) -> Iterator[Route]:
    for item in patterns:
        if not isinstance(item, (URLPattern, URLResolver)) or not isinstance(item.pattern, RoutePattern):
            raise TypeError(f"{prefix}{item}: an address by path() is the only form the matrix reads")
        path = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _walk(path, item.url_patterns)
        else:
            operations = _operations(item.callback)
            if operations:
                methods = tuple(method for operation in operations for method in operation.methods)
                yield Route(path, methods, api=True, public=not all(one.auth_callbacks for one in operations))
            else:
                public = not getattr(item.callback, "login_required", True)
                yield Route(path, _methods(item.callback), api=False, public=public)


def _free_variables(function: Callable[..., object]) -> Iterator[tuple[str, object]]:
    """What a function and those it wraps hold in their closures."""
    seen: object = function
    while isinstance(seen, FunctionType):
        yield from inspect.getclosurevars(seen).nonlocals.items()
        seen = getattr(seen, "__wrapped__", None)


def _operations(view: Callable[..., object]) -> list[Operation]:
    """Operations of an API's path; none when it is no API's."""
    for _, value in _free_variables(view):
        path_view = getattr(value, "__self__", value)
        if isinstance(path_view, PathView):
            return path_view.operations
    return []


def _methods(view: Callable[..., object]) -> tuple[str, ...]:
    """What a view says it takes: `require_GET` and its like, a class's handlers; GET and POST when it says nothing."""
    seen: object = view
    while seen is not None:
        view_class = getattr(seen, "view_class", None)
        if view_class is not None:
            handled = [name for name in METHODS if hasattr(view_class, name.lower())]
            if getattr(view_class, "put", None) is ProcessFormView.put:  # Django's other name for its own post
                handled.remove("PUT")
            return tuple(handled)
        seen = getattr(seen, "__wrapped__", None)
    for name, value in _free_variables(view):
        if name == "request_method_list" and isinstance(value, list):
            return tuple(method for method in METHODS if method in value)
    return ("GET", "POST")
