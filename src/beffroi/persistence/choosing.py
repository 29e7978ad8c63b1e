"""Choosing one of many in a form: a list while they are few, a search by the server above it once they are not.

Whoever builds the form scopes the rows: what is posted and isn't one of them is missing, whether or not it exists elsewhere. Without a
script the search is another button of the same form, which comes back as it was filled in; with one, htmx asks the same page the same and
takes the list out of its answer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.forms.utils import ErrorDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# A list longer than this is searched, and shows so many at once of what is found.
FEW: Final = 50
FOUND: Final = 20
LONGEST: Final = 80
FIND: Final = "find"

Words = str | Promise
Choice = tuple[str, Words]


class Options(Protocol):
    """What may be chosen, under a heading when a list has several kinds."""

    @property
    def group(self) -> Words:
        """The heading, empty for none."""
        ...

    def count(self, text: str) -> int:
        """How many are found by these words, all of them by none."""
        ...

    def first(self, text: str, most: int) -> list[Choice]:
        """The first of these."""
        ...

    def called(self, value: str) -> Words | None:
        """The words of one, None when it is not to be chosen."""
        ...


@dataclass(frozen=True, slots=True)
class Among:
    """Rows: each is called by its columns, which are searched; what is posted is its identifier, after what the list begins with."""

    rows: QuerySet[Model]
    columns: tuple[str, ...] = ("name",)
    group: Words = ""
    begins: str = ""

    def count(self, text: str) -> int:
        """How many rows hold each word in one column or another."""
        return self._found(text).count()

    def first(self, text: str, most: int) -> list[Choice]:
        """In their own order."""
        rows = self._found(text).values_list("pk", *self.columns)[:most]
        return [(f"{self.begins}{row[0]}", _joined(row[1:])) for row in rows]

    def called(self, value: str) -> Words | None:
        """The row of that identifier, if it is one of them."""
        try:
            key = UUID(value.removeprefix(self.begins))
        except ValueError:
            return None
        row = self.rows.filter(pk=key).values_list(*self.columns).first()
        return _joined(row) if row and value == f"{self.begins}{key}" else None

    def _found(self, text: str) -> QuerySet[Model]:
        found = self.rows
        for word in text.split():
            somewhere = Q()
            for column in self.columns:
                somewhere |= Q(**{f"{column}__icontains": word})
            found = found.filter(somewhere)
        return found


@dataclass(frozen=True, slots=True)
class Listed:
    """What the program knows by itself, or what was gathered beforehand."""

    choices: Sequence[Choice]
    group: Words = ""

    def count(self, text: str) -> int:
        """How many hold each word."""
        return len(self._found(text))

    def first(self, text: str, most: int) -> list[Choice]:
        """In their own order."""
        return self._found(text)[:most]

    def called(self, value: str) -> Words | None:
        """The words of one."""
        return dict(self.choices).get(value)

    def _found(self, text: str) -> list[Choice]:
        words = text.casefold().split()
        return [choice for choice in self.choices if all(word in str(choice[1]).casefold() for word in words)]


@dataclass(frozen=True, slots=True)
class Search:
    """What a search of a field looks like: the words, how many it found of how many there are, how many of them are shown."""

    words: str
    shown: int
    found: int
    total: int


class ChosenField(forms.Field):
    """One of many; the form says which by `choose`."""

    widget: forms.Widget | type[forms.Widget] = forms.Select
    default_error_messages = {"absent": _("Choose one of those that are found.")}

    template_name: str | None = None
    options: tuple[Options, ...] = ()
    search: Search | None = None

    def to_python(self, value: object) -> str:
        """What was posted."""
        return str(value or "")

    def validate(self, value: str) -> None:
        """One of them; something that exists and isn't the viewer's is none."""
        super().validate(value)
        if value and self.called(value) is None:
            raise ValidationError(self.error_messages["absent"], code="absent")

    def called(self, value: str) -> Words | None:
        """Its words, None for what may not be chosen."""
        return next((words for each in self.options if (words := each.called(value)) is not None), None)


class ChoosingForm(forms.Form):
    """A form with such fields. Asked to search, it is neither right nor wrong: it is shown as it was filled in, with what is found."""

    finds = "post"

    def __init__(self, *args: object, sent_to: str = "", **kwargs: object) -> None:
        """`sent_to`: where it is sent, when that isn't the address of its page."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.sent_to = sent_to
        self.finding = self.is_bound and FIND in self.data

    def choose(self, name: str, *options: Options, none: Words | None = None) -> None:
        """Give a field what may be chosen, and the words for nothing where nothing is an answer."""
        field = self.fields[name]
        if not isinstance(field, ChosenField) or not isinstance(field.widget, forms.Select):
            raise TypeError(f"{name} is no field to choose in")
        field.options = options
        total = sum(each.count("") for each in options)
        blank: list[Choice] = [] if none is None else [("", none)]
        if total <= FEW:
            field.widget.choices = [*blank, *_grouped((each.group, each.first("", FEW)) for each in options)]
            return
        words, before = (self._typed(f"{name}-{part}") for part in ("words", "shown"))
        self.finding = self.finding or words != before
        groups, room = [], FOUND
        for each in options:
            first = each.first(words, room)
            groups.append((each.group, first))
            room -= len(first)
        field.search = Search(words, FOUND - room, sum(each.count(words) for each in options), total)
        held = self._held(field, name)
        if held and not any(held[0] == value for _group, rows in groups for value, _words in rows):
            blank.append(held)
        if self.is_bound and self.data.get(FIND) == self.add_prefix(name):
            field.widget.attrs["autofocus"] = True
        field.widget.choices = [*(blank if none is not None else [("", _("choose")), *blank]), *_grouped(groups)]
        field.template_name = "web/chooser.html"

    def full_clean(self) -> None:
        """Nothing is right or wrong of what is still searched for."""
        if not self.finding:
            super().full_clean()
            return
        self._errors = ErrorDict(renderer=self.renderer)
        self.cleaned_data = {}

    def is_valid(self) -> bool:
        """Whether it can be acted upon."""
        return not self.finding and super().is_valid()

    def _typed(self, name: str) -> str:
        return str(self.data.get(self.add_prefix(name)) or "").strip()[:LONGEST] if self.is_bound else ""

    def _held(self, field: ChosenField, name: str) -> Choice | None:
        """What is chosen so far, if it may be."""
        given = self.data.get(self.add_prefix(name)) if self.is_bound else self.get_initial_for_field(field, name)
        called = field.called(str(given)) if given else None
        return None if called is None else (str(given), called)


def _grouped(groups: "Iterable[tuple[Words, list[Choice]]]") -> "list[tuple[Words, list[Choice]] | Choice]":
    found: list[tuple[Words, list[Choice]] | Choice] = []
    for group, choices in groups:
        if group and choices:
            found.append((group, choices))
        elif not group:
            found.extend(choices)
    return found


def _joined(columns: Iterable[object]) -> str:
    return " · ".join(str(column) for column in columns if column)
