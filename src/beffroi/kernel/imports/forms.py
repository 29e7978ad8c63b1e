"""What people choose about a list."""

from collections.abc import Sequence
from hashlib import sha256

from django import forms
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from beffroi.adapters.spreadsheet.errors import SheetError
from beffroi.adapters.spreadsheet.reading import Sheet, read_sheet
from beffroi.kernel.imports.queries.checks import Asked
from beffroi.kernel.imports.queries.imports import fault_of, said_of
from beffroi.kernel.imports.rules import BYTES_AT_ONCE, MEGABYTE
from beffroi.persistence.imports import Column, Importer

NOT_THERE = ""
CHANGE = "change"


class FileForm(forms.Form):
    """A list, as a spreadsheet saved it."""

    file = forms.FileField(
        label=_("The list"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.geojson,.json"}),
    )

    filename = ""
    content = b""

    def __init__(self, *args: object, importer: Importer, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.importer = importer
        said = {"size": importer.most_megabytes, "rows": localize(importer.most_rows)}
        words = gettext(
            "CSV, Excel (.xlsx) or GeoJSON, %(size)s MB and %(rows)s rows at most. The first row holds the headings."
        )
        self.fields["file"].help_text = words % said

    def clean_file(self) -> Sheet | None:
        """Its headings and rows; None for a file so large that a worker reads it."""
        file = self.cleaned_data["file"]
        self.filename = str(file.name or "")
        if file.size > self.importer.most_megabytes * MEGABYTE:
            words = gettext("This file is over %(size)s MB: import it in several parts.")
            raise forms.ValidationError(words % {"size": self.importer.most_megabytes})
        self.content = file.read()
        if len(self.content) > BYTES_AT_ONCE:
            return None
        try:
            return read_sheet(self.content, most_rows=self.importer.most_rows)
        except SheetError as error:
            raise forms.ValidationError(said_of(fault_of(error), self.importer)) from error


class ColumnsForm(forms.Form):
    """Which column of the file is which."""

    change = forms.ChoiceField(
        label=_("What is already there"),
        choices=[("leave", _("Leave it as it is")), (CHANGE, _("Change it to what the list says"))],
        widget=forms.RadioSelect,
    )

    def __init__(
        self,
        *args: object,
        columns: Sequence[Column],
        headings: Sequence[str],
        chosen: dict[str, int],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.columns = columns
        named = [
            (str(at), f"{_letter(at)} – {heading}" if heading else _letter(at)) for at, heading in enumerate(headings)
        ]
        for column in columns:
            field = forms.ChoiceField(
                label=str(column.label),
                help_text=str(column.hint),
                required=column.required,
                choices=[(NOT_THERE, _("not in this file")), *named],
                error_messages={"required": _("Choose the column that holds it.")},
            )
            field.initial = str(chosen[column.code]) if column.code in chosen else NOT_THERE
            self.fields[column.code] = field
        self.order_fields([*(column.code for column in columns), "change"])

    def clean(self) -> dict[str, object]:
        """One column of the file says one thing."""
        data = super().clean() or {}
        taken: dict[str, str] = {}
        for column in self.columns:
            at = data.get(column.code)
            if at and at in taken:
                self.add_error(column.code, _("This column is chosen twice: it says one thing only."))
            elif at:
                taken[str(at)] = column.code
        return data

    def chosen(self) -> dict[str, int]:
        """By column's code, its place in the file."""
        return {
            column.code: int(self.cleaned_data[column.code])
            for column in self.columns
            if self.cleaned_data.get(column.code)
        }


class NamesForm(forms.Form):
    """What the list means by names that are nobody's here; nothing leaves their rows out."""

    def __init__(self, *args: object, asked: Sequence[Asked], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        self.asked = {_field(one): one for one in asked}
        for name, one in self.asked.items():
            rows = ngettext("%(n)s row", "%(n)s rows", one.rows) % {"n": localize(one.rows)}
            choices = [(choice.value, choice.label) for choice in one.choices]
            self.fields[name] = forms.ChoiceField(
                label=f"{one.column.label}: {one.words}",
                help_text=rows,
                required=False,
                choices=[(NOT_THERE, _("none of these: leave its rows out")), *choices],
            )

    def meant(self) -> list[tuple[Column, str, str]]:
        """(column, name, what it means) of those that mean something."""
        said = self.cleaned_data
        return [(one.column, one.words, said[name]) for name, one in self.asked.items() if said[name]]


def _field(asked: Asked) -> str:
    """By what is asked, not by its place: a page that is sent again after others were said says the same of the same."""
    return f"name-{sha256(f'{asked.column.code} {asked.words}'.encode()).hexdigest()[:16]}"


def _letter(at: int) -> str:
    """A column's name in a spreadsheet: A, B, … Z, AA."""
    return (chr(64 + at // 26) if at >= 26 else "") + chr(65 + at % 26)  # noqa: PLR2004 - letters of the alphabet
