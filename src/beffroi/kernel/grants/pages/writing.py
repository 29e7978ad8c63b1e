"""From what was typed of a convention to its forms, to what they say in plain words, and to what is signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from beffroi.kernel.grants.actions.conventions import Purpose
from beffroi.kernel.grants.actions.drafts import Signed
from beffroi.kernel.grants.forms import ConventionForm, PurposeForm
from beffroi.kernel.grants.models import ConventionDraft
from beffroi.kernel.grants.queries.conventions import partners_to_choose, system_of
from beffroi.kernel.grants.queries.words import PurposeTerms, Terms
from beffroi.kernel.grants.registry import CONVENTION_SYSTEMS
from beffroi.kernel.grants.rules import Kind

PURPOSES = 12
TERMS = ("partner", "title", "valid_from", "valid_until", "list_age", "list_old", "time_unknown")
OF_A_PURPOSE = ("label", "legal_text", "legal_article", "legal_version_on", "least", "most")
BLANK = {"least": "15", "most": "720"}
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Paper:
    """A draft's forms, and what they say so far."""

    form: ConventionForm
    purposes: tuple[PurposeForm, ...]
    terms: Terms

    @property
    def wrong(self) -> list[ConventionForm | PurposeForm]:
        """Forms with something to correct."""
        forms: list[ConventionForm | PurposeForm] = [self.form, *self.purposes]
        return [form for form in forms if form.errors]


def typed(post: QueryDict) -> dict[str, object]:
    """What was typed of the terms, as it was typed."""
    return {**{name: post.get(name, "")[:400] for name in TERMS}, "transports": post.getlist("transports")[:4]}


def typed_purposes(post: QueryDict) -> list[Row]:
    """What was typed of each purpose."""
    said = post.get("rows", "")
    rows = int(said[:9]) if said.isdecimal() else 0  # of so many digits, the first are more than there may be
    return [
        {name: post.get(f"purpose-{number}-{name}", "")[:400] for name in OF_A_PURPOSE}
        for number in range(min(rows, PURPOSES))
    ]


def rows_after(act: str, rows: Sequence[Row]) -> list[Row]:
    """The purposes with one more, which has the legal basis of the one before it, or one fewer."""
    if act == "more":
        basis = ("legal_text", "legal_article", "legal_version_on") if rows else ()
        return [*rows, {**BLANK, **{name: rows[-1].get(name, "") for name in basis}}][:PURPOSES]
    return [row for number, row in enumerate(rows) if act != f"less:{number}"]


def beginnings() -> list[tuple[str, str]]:
    """What a new convention may begin with: "system:template" and its words."""
    return [
        choice
        for system in sorted(CONVENTION_SYSTEMS.values(), key=lambda system: system.code)
        for choice in (
            *((f"{system.code}:{template.code}", str(template.label)) for template in system.templates),
            (f"{system.code}:", _("%(system)s, from an empty form") % {"system": system.label}),
        )
    ]


def begun_with(beginning: str) -> tuple[str, dict[str, object]]:
    """The system and the content that a choice stands for."""
    code, _separator, name = beginning.partition(":")
    template = next((each for each in CONVENTION_SYSTEMS[code].templates if each.code == name), None)
    usual: dict[str, object] = {"transports": ["local", "relay"], "list_age": "72", "purposes": [BLANK]}
    return code, {**usual, **(template.content() if template else {})}


def paper_of(draft: ConventionDraft, *, bound: bool) -> Paper:
    """Its forms: bound, they say what is wrong; else they show what was typed and no more."""
    rows = [row for row in draft.content.get("purposes", ()) if isinstance(row, Mapping)]
    partners = partners_to_choose(draft.authority_id)
    whole, said = ConventionForm(draft.content, partners=partners), tuple(PurposeForm(row) for row in rows)
    terms = _terms(draft, whole, said, dict(partners))
    if not bound:
        shown = (PurposeForm(initial=dict(row), prefix=f"purpose-{number}") for number, row in enumerate(rows))
        return Paper(ConventionForm(initial=draft.content, partners=partners), tuple(shown), terms)
    given = ({f"purpose-{number}-{name}": row[name] for name in row} for number, row in enumerate(rows))
    forms = (PurposeForm(data, prefix=f"purpose-{number}") for number, data in enumerate(given))
    return Paper(whole, tuple(forms), terms)


def signed(paper: Paper) -> Signed:
    """What the forms of a paper with nothing wrong come down to."""
    data = paper.form.cleaned_data
    starts, ends = paper.form.window()
    within = paper.form.list_within()
    if starts is None or ends is None or within is None:
        raise ValueError("signed before it was looked over")
    return Signed(
        partner=UUID(data["partner"]),
        title=data["title"],
        valid_from=starts,
        valid_until=ends,
        purposes=[_purpose(form, number) for number, form in enumerate(paper.purposes, start=1)],
        transports=data["transports"],
        list_age=within,
        list_old=data["list_old"],
        time_unknown=data["time_unknown"],
    )


def title_of(draft: ConventionDraft) -> str:
    """What a draft is called."""
    return str(draft.content.get("title") or "") or _("Convention without a title")


def counted(draft: ConventionDraft) -> str:
    """How much it covers."""
    system = system_of(draft.system)
    return system.counted(len(draft.resources)) if system else str(len(draft.resources))


def _terms(
    draft: ConventionDraft, form: ConventionForm, purposes: tuple[PurposeForm, ...], partners: Mapping[UUID, str]
) -> Terms:
    """What the forms say, of which only what holds by itself is believed."""
    form.full_clean()
    data = form.cleaned_data
    starts, ends = form.window()
    system = system_of(draft.system)
    return Terms(
        authority=draft.authority.name,
        partner=partners.get(UUID(data["partner"]), "") if data.get("partner") else "",
        valid_from=starts,
        valid_until=ends,
        purposes=tuple(_said(each) for each in purposes),
        things=len(draft.resources),
        right=system.right if system else str,
        transports=tuple(data.get("transports", ())),
        list_age=form.list_within(),
        list_old=data.get("list_old", ""),
        time_unknown=data.get("time_unknown", ""),
    )


def _said(form: PurposeForm) -> PurposeTerms:
    form.full_clean()
    data = form.cleaned_data
    return PurposeTerms(
        label=data.get("label", ""),
        legal_text=data.get("legal_text", ""),
        legal_article=data.get("legal_article", ""),
        legal_version_on=data.get("legal_version_on"),
        least=form.lasting("least"),
        most=form.lasting("most"),
    )


def _purpose(form: PurposeForm, number: int) -> Purpose:
    data, said = form.cleaned_data, _said(form)
    if said.least is None or said.most is None or said.legal_version_on is None:
        raise ValueError("signed before it was looked over")
    return Purpose(
        code=f"p{number}",
        label=data["label"],
        kind=Kind.WORK_ORDER,
        legal_text=data["legal_text"],
        legal_article=data["legal_article"],
        legal_version_on=said.legal_version_on,
        least=said.least,
        most=said.most,
    )
