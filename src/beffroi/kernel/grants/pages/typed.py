"""What was typed of a convention, as it was typed, row by row."""

from collections.abc import Mapping, Sequence

from django import forms
from django.http import QueryDict

from beffroi.kernel.grants.forms import ConventionForm, PartyForm, PurposeForm, ReasonForm, RequestsForm
from beffroi.kernel.grants.queries.conventions import system_of
from beffroi.kernel.grants.rules import Capacity

PURPOSES = 12
PARTIES = 12
PLACES = 20
BLANK = {"least": "15", "most": "720"}
BLANK_REASON = {"least": "1", "most": "720"}
Row = dict[str, object]


def typed(post: QueryDict, system: str) -> dict[str, object]:
    """What was typed, as it was typed, after what the button pressed does to its rows."""
    act = post.get("act", "")
    if not by_request(system):
        purposes = rows_after(act, _typed_rows(post, "rows", "purpose", PurposeForm, PURPOSES), BLANK)
        return {**_typed(post, "", ConventionForm), "purposes": purposes}
    reasons = rows_after(act, _typed_rows(post, "rows", "purpose", ReasonForm, PURPOSES), BLANK_REASON)
    parties = _typed_rows(post, "party-rows", "party", PartyForm, PARTIES)
    if act == "party-more" and len(parties) < PARTIES:
        parties.append({"capacity": Capacity.RECEIVES.value})
    parties = [row for number, row in enumerate(parties) if act != f"party-less:{number}"]
    return {**_typed(post, "", RequestsForm), "purposes": reasons, "parties": parties}


def _typed(post: QueryDict, prefix: str, form: type[forms.Form]) -> Row:
    found: Row = {}
    for name, field in form.base_fields.items():
        several = isinstance(field, forms.MultipleChoiceField)
        given = f"{prefix}{name}"
        found[name] = post.getlist(given)[:PLACES] if several else post.get(given, "")[:400]
    return found


def _typed_rows(post: QueryDict, count: str, name: str, form: type[forms.Form], most: int) -> list[Row]:
    said = post.get(count, "")
    rows = int(said[:9]) if said.isdecimal() else 0  # of so many digits, the first are more than there may be
    return [_typed(post, f"{name}-{number}-", form) for number in range(min(rows, most))]


def rows_after(act: str, rows: Sequence[Row], blank: Mapping[str, object]) -> list[Row]:
    """The purposes with one more, which has the legal basis of the one before it, or one fewer."""
    if act == "more":
        basis = ("legal_text", "legal_article", "legal_version_on") if rows else ()
        return [*rows, {**blank, **{name: rows[-1].get(name, "") for name in basis}}][:PURPOSES]
    return [row for number, row in enumerate(rows) if act != f"less:{number}"]


def by_request(system: str) -> bool:
    """Whether rights under its conventions are asked for each time."""
    known = system_of(system)
    return known is not None and known.by_request
