"""Questions of a kind of fault: as an administrator writes them, and as whoever reports answers them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django import forms
from django.utils.text import slugify
from django.utils.timezone import localtime
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.days import moment_field
from beffroi.systems.reports.models import Answer, Category, Question
from beffroi.systems.reports.models.questions import CODE
from beffroi.systems.reports.rules import about_people

LISTS: Final = (Answer.ONE.value, Answer.SEVERAL.value)
LONGEST_ANSWER: Final = 500
LARGEST: Final = 10**12
MOST_CHOICES: Final = 40
LONGEST_CHOICE: Final = 80
# "12 = Over ten centimetres": a key that somebody else's program knows, and what is read.
KEYED: Final = re.compile(r"([A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*)\s*=\s*(.+)")
Answers = dict[str, str | list[str]]


class QuestionForm(forms.Form):
    """A question."""

    label = forms.CharField(label=_("Question"), max_length=160, help_text=_("For instance: how deep is it?"))
    hint = forms.CharField(label=_("What helps to answer"), max_length=160, required=False)
    kind = forms.ChoiceField(label=_("Answered by"), choices=Answer.choices, initial=Answer.TEXT.value)
    choices = forms.CharField(
        label=_("The list"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One choice a line. For other towns’ programs, “12 = Over ten centimetres” says its code as well."),
    )
    required = forms.BooleanField(label=_("It must be answered"), required=False)
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        required=False,
        validators=[CODE],
        help_text=_("By which other programs know the question. Left empty, it is made from its words."),
    )

    def __init__(self, *args: object, row: Question | None = None, **kwargs: object) -> None:
        """`row`: one that is changed; its code stays."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        if row is not None:
            del self.fields["code"]

    def clean_choices(self) -> list[list[str]]:
        """Keys and what is read."""
        lines = [line.strip() for line in str(self.cleaned_data["choices"]).splitlines() if line.strip()]
        pairs: dict[str, str] = {}
        for line in lines:
            keyed = KEYED.fullmatch(line)
            key, name = (keyed[1], keyed[2]) if keyed else (slugify(line)[:40].strip("-") or "x", line)
            if key in pairs:
                raise forms.ValidationError(_("“%(name)s” is there twice.") % {"name": name})
            pairs[key] = name
        if len(pairs) > MOST_CHOICES or any(len(name) > LONGEST_CHOICE for name in pairs.values()):
            raise forms.ValidationError(_("A list holds 40 choices at most, of 80 characters at most."))
        return [[key, name] for key, name in pairs.items()]

    def clean(self) -> dict[str, object]:
        """A list has choices, and nobody is asked about people."""
        data = super().clean() or {}
        listed = data.get("kind") in LISTS
        if listed and not data.get("choices") and "choices" not in self.errors:
            self.add_error("choices", _("Say what can be chosen, one choice a line."))
        if not listed:
            data["choices"] = []
        if about_people(str(data.get("label") or "")):
            self.add_error("label", _("No question is about people: ask about the thing."))
        return data

    def written(self, row: Question) -> Question:
        """The row with what was filled in."""
        data = self.cleaned_data
        for name in ("label", "hint", "kind", "choices", "required"):
            setattr(row, name, data[name])
        return row


def question_values(row: Question) -> dict[str, object]:
    """What the form of a question begins with."""
    names = ("label", "hint", "kind", "required")
    lines = [name if slugify(name)[:40].strip("-") == key else f"{key} = {name}" for key, name in row.choices]
    return {**{name: getattr(row, name) for name in names}, "choices": "\n".join(lines)}


def field_of(row: Question, *, required: bool) -> forms.Field:
    """What asks a question."""
    choices = [(str(key), str(name)) for key, name in row.choices]
    match row.kind:
        case Answer.NUMBER.value:
            return forms.DecimalField(
                label=row.label,
                help_text=row.hint,
                required=required,
                min_value=-LARGEST,
                max_value=LARGEST,
                decimal_places=6,
            )
        case Answer.MOMENT.value:
            return moment_field(row.label, row.hint, required=required)
        case Answer.ONE.value:
            # Nothing is chosen to begin with: the first of a list would be what everybody means.
            given = [("", "–"), *choices]
            return forms.ChoiceField(label=row.label, help_text=row.hint, required=required, choices=given)
        case Answer.SEVERAL.value:
            return forms.MultipleChoiceField(
                label=row.label,
                help_text=row.hint,
                required=required,
                choices=choices,
                widget=forms.CheckboxSelectMultiple,
            )
        case _:
            return forms.CharField(label=row.label, help_text=row.hint, required=required, max_length=LONGEST_ANSWER)


def kept_answer(value: object) -> str | list[str]:
    """An answer as a report keeps it: text, or a list of them."""
    match value:
        case Decimal():
            return format(value.normalize(), "f")
        case datetime():
            return localtime(value).isoformat(timespec="seconds")
        case list():
            return [str(one) for one in value]
        case _:
            return "" if value is None else str(value).strip()


def name_of(row: Question) -> str:
    """What a question is called in the form of a report."""
    return f"q-{row.pk.hex}"


class AskedForm(forms.Form):
    """Part of a form that asks what the kinds of faults that it offers ask; `answers` are those of the kind that was chosen."""

    questions: Mapping[UUID, Sequence[Question]] = MappingProxyType({})

    def ask(self, questions: Mapping[UUID, Sequence[Question]]) -> None:
        """Have these asked, by kind."""
        self.questions = questions
        for rows in questions.values():
            for row in rows:
                self.fields[name_of(row)] = field_of(row, required=row.required)

    def clean(self) -> dict[str, object]:
        """Only what is asked of the kind that was chosen counts."""
        data = super().clean() or {}
        chosen = self.chosen(data)
        for category, rows in self.questions.items():
            if str(category) != chosen:
                for row in rows:
                    self.errors.pop(name_of(row), None)
        return data

    def chosen(self, said: Mapping[str, object]) -> str:
        """The kind that was chosen, by its identifier."""
        kind = said.get("category")
        return str(kind.pk) if isinstance(kind, Category) else ""

    def answers(self, category: UUID) -> Answers:
        """What was answered, by the questions' codes."""
        said = (
            (row.code, kept_answer(self.cleaned_data.get(name_of(row)))) for row in self.questions.get(category, ())
        )
        return {code: value for code, value in said if value}

    def groups(self) -> list[tuple[Category, list[forms.BoundField], str]]:
        """By kind: its questions, and the names of those that must be answered."""
        return [
            (
                rows[0].category,
                [self[name_of(row)] for row in rows],
                " ".join(name_of(row) for row in rows if row.required),
            )
            for rows in self.questions.values()
        ]


class AnswersForm(forms.Form):
    """What a program answers to the questions of one kind of fault, by their codes."""

    def __init__(self, rows: Iterable[Question], given: Mapping[str, Sequence[str]]) -> None:
        data = {
            row.code: list(given.get(row.code, ()))
            if row.kind == Answer.SEVERAL
            else next(iter(given.get(row.code, ())), "")
            for row in rows
        }
        super().__init__(data)
        for row in rows:
            self.fields[row.code] = field_of(row, required=row.required)

    def answers(self) -> Answers:
        """What was answered; once it is valid."""
        said = {code: kept_answer(value) for code, value in self.cleaned_data.items()}
        return {code: value for code, value in said.items() if value}

    def wrong(self) -> list[str]:
        """Everything that is wrong, by attribute."""
        return [
            _now("attribute[%(code)s]: %(words)s") % {"code": code, "words": " ".join(map(str, words))}
            for code, words in self.errors.items()
        ]
