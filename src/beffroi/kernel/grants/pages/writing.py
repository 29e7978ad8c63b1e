"""From what was typed of a convention to its forms, to what they say in plain words, and to what is signed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _

from beffroi.kernel.grants.actions.conventions import Purpose
from beffroi.kernel.grants.actions.drafts import Signed
from beffroi.kernel.grants.forms import ConventionForm, PartyForm, PurposeForm, ReasonForm, RequestsForm
from beffroi.kernel.grants.models import ConventionDraft
from beffroi.kernel.grants.pages.typed import BLANK, BLANK_REASON, Row, by_request
from beffroi.kernel.grants.queries.conventions import (
    organisations_to_bind,
    partners_to_choose,
    places_said,
    prefectures_among,
    system_of,
)
from beffroi.kernel.grants.queries.refusals import explain_unsigned
from beffroi.kernel.grants.queries.words import PartyTerms, PurposeTerms, Terms
from beffroi.kernel.grants.registry import CONVENTION_SYSTEMS, ConventionSystem
from beffroi.kernel.grants.rules import SIGNATORIES, Approval, Capacity, Kind, Party, Unsigned, Wanting, wanting

# Who asks, the owner, the authority and the prefecture.
USUAL = (Capacity.ASKS, Capacity.OWNS, Capacity.SIGNS, Capacity.SIGNS)
# So many things that a convention can't cover are said by name.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Paper:
    """A draft's forms, and what they say so far."""

    form: ConventionForm | RequestsForm
    purposes: tuple[PurposeForm, ...]
    parties: tuple[PartyForm, ...]
    terms: Terms

    @property
    def wrong(self) -> list[forms.Form]:
        """Forms with something to correct."""
        every: list[forms.Form] = [self.form, *self.parties, *self.purposes]
        return [form for form in every if form.errors]

    def look_over(self, draft: ConventionDraft) -> None:
        """Say what the forms can't say one by one."""
        if not self.purposes:
            self.form.add_error(None, _("A convention admits at least one purpose: add one."))
        if self.terms.by_request:
            for words in (*self._missing(), *self._unsigned(draft), *self._astray(draft)):
                self.form.add_error(None, words)

    def _missing(self) -> Iterator[str]:
        said = [(each.cleaned_data.get("organisation"), each.cleaned_data.get("capacity")) for each in self.parties]
        capacities = {capacity for _organisation, capacity in said}
        if Capacity.ASKS.value not in capacities:
            yield _("Somebody asks under it: add the party that does.")
        if Capacity.OWNS.value not in capacities:
            yield _("Somebody owns what it covers: add the party that does.")
        if len(set(said)) < len(said):
            yield _("The same organisation is there twice for the same thing.")

    def _unsigned(self, draft: ConventionDraft) -> Iterator[str]:
        """What it can't be signed without; a day that is wanting is said where it is to be written, an owner by `_missing`."""
        if Capacity.SIGNS not in CONVENTION_SYSTEMS[draft.system].capacities:
            return
        parties = [_party(each) for each in self.parties if not each.errors]
        prefectures = prefectures_among([party.organisation for party in parties])
        lacking = wanting(parties, authority=draft.authority.organisation_id, prefectures=prefectures)
        yield from explain_unsigned(Unsigned(lacking - {Wanting.OWNER, Wanting.DAY}), draft.authority.name)
        for each in self.parties:
            if not each.errors and _party(each).capacity in SIGNATORIES and not each.cleaned_data["signed_on"]:
                each.add_error("signed_on", _("Write the day that it signed the paper."))

    def _astray(self, draft: ConventionDraft) -> Iterator[str]:
        """What it covers that none of its reasons may be given for."""
        astray = CONVENTION_SYSTEMS[draft.system].astray
        if astray is None or any(each.errors for each in self.purposes):
            return
        said = [each.cleaned_data for each in self.purposes]
        names = astray([f"{data['legal_text']} {data['legal_article']}" for data in said], draft.resources)
        if names:
            yield _("Under another law than the text of any of its reasons: %(names)s. Take them out.") % {
                "names": ", ".join([*names[:NAMED], *(["…"] if len(names) > NAMED else [])])
            }


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
    usual: dict[str, object] = (
        {
            "list_age": "15",
            "still_every": "30",
            "purposes": [BLANK_REASON],
            "parties": [{"capacity": each.value} for each in USUAL],
        }
        if by_request(code)
        else {"transports": ["local", "relay"], "list_age": "72", "purposes": [BLANK]}
    )
    return code, {**usual, **(template.content() if template else {})}


def paper_of(draft: ConventionDraft, *, bound: bool) -> Paper:
    """Its forms: bound, they say what is wrong; else they show what was typed and no more."""
    written = _Written(draft)
    purposes, parties = written.rows("purposes"), written.rows("parties")
    whole = written.form(draft.content)
    reasons = tuple(written.purpose(_of_row(row, number, "purpose"), number) for number, row in enumerate(purposes))
    bound_by = tuple(written.party(_of_row(row, number, "party"), number) for number, row in enumerate(parties))
    terms = _terms(draft, whole, reasons, bound_by, written.names)
    if bound:
        return Paper(whole, reasons, bound_by, terms)
    return Paper(
        written.form(initial=draft.content),
        tuple(written.purpose(None, number, initial=dict(row)) for number, row in enumerate(purposes)),
        tuple(written.party(None, number, initial=dict(row)) for number, row in enumerate(parties)),
        terms,
    )


def _of_row(row: Row, number: int, name: str) -> Row:
    return {f"{name}-{number}-{field}": row[field] for field in row}


class _Written:
    """The forms that a draft of its system has."""

    def __init__(self, draft: ConventionDraft) -> None:
        self.content = draft.content
        self.system = system_of(draft.system)
        self.by_request = by_request(draft.system)
        chosen = organisations_to_bind() if self.by_request else partners_to_choose(draft.authority_id)
        self.names = dict(chosen)

    def rows(self, name: str) -> list[Row]:
        return [dict(row) for row in self.content.get(name, ()) if isinstance(row, Mapping)]

    def form(self, data: Row | None = None, initial: Row | None = None) -> ConventionForm | RequestsForm:
        years = self.system.years if self.system else None
        if self.by_request:
            return RequestsForm(data, initial=initial, years=years)
        return ConventionForm(data, initial=initial, years=years, partners=self.names.items())

    def purpose(self, data: Row | None, number: int, initial: Row | None = None) -> PurposeForm:
        prefix = f"purpose-{number}"
        if not self.by_request or self.system is None:
            return PurposeForm(data, initial=initial, prefix=prefix)
        return ReasonForm(data, initial=initial, prefix=prefix, places=self.system.place_kinds)

    def party(self, data: Row | None, number: int, initial: Row | None = None) -> PartyForm:
        return PartyForm(data, initial=initial, prefix=f"party-{number}", organisations=self.names.items())


def signed(paper: Paper, system: str) -> Signed:
    """What the forms of a paper with nothing wrong come down to."""
    form, known = paper.form, CONVENTION_SYSTEMS[system]
    data = form.cleaned_data
    starts, ends = form.window()
    within = form.list_within()
    if starts is None or ends is None or within is None:
        raise ValueError("signed before it was looked over")
    parties = [_party(each) for each in paper.parties]
    asked = isinstance(form, RequestsForm)
    return Signed(
        partner=_main(parties) if asked else UUID(data["partner"]),
        title=data["title"],
        valid_from=starts,
        valid_until=ends,
        purposes=[
            _purpose(each, number, kind) for number, each in enumerate(paper.purposes, start=1) for kind in known.kinds
        ],
        transports=known.transports if asked else data["transports"],
        list_age=within,
        # Over a network a gate that doesn't know refuses: there is nothing to choose.
        list_old="refuse" if asked else data["list_old"],
        time_unknown="refuse" if asked else data["time_unknown"],
        parties=parties,
        approval=Approval(data["approval"]) if asked else Approval.AUTOMATIC,
        still_every=form.lasting("still_every") if isinstance(form, RequestsForm) else None,
    )


def _main(parties: Sequence[Party]) -> UUID:
    """The counterpart that a convention is listed by: the first that owns what it covers."""
    return next(each.organisation for each in parties if each.capacity is Capacity.OWNS)


def _party(form: PartyForm) -> Party:
    data = form.cleaned_data
    return Party(UUID(data["organisation"]), Capacity(data["capacity"]), data["signed_on"])


def title_of(draft: ConventionDraft) -> str:
    """What a draft is called."""
    return str(draft.content.get("title") or "") or _("Convention without a title")


def counted(draft: ConventionDraft) -> str:
    """How much it covers."""
    system = system_of(draft.system)
    return system.counted(len(draft.resources)) if system else str(len(draft.resources))


def _terms(
    draft: ConventionDraft,
    form: ConventionForm | RequestsForm,
    purposes: Sequence[PurposeForm],
    parties: Sequence[PartyForm],
    names: Mapping[UUID, str],
) -> Terms:
    """What the forms say, of which only what holds by itself is believed."""
    form.full_clean()
    data = form.cleaned_data
    starts, ends = form.window()
    system = system_of(draft.system)
    return Terms(
        authority=draft.authority.name,
        partner=names.get(UUID(data["partner"]), "") if data.get("partner") else "",
        valid_from=starts,
        valid_until=ends,
        purposes=tuple(_said(each, system) for each in purposes),
        things=len(draft.resources),
        right=system.right if system else str,
        transports=tuple(data.get("transports", ())),
        list_age=form.list_within(),
        list_old=data.get("list_old", ""),
        time_unknown=data.get("time_unknown", ""),
        by_request=isinstance(form, RequestsForm),
        parties=tuple(_bound(each, names) for each in parties if each.is_valid()),
        approval=data.get("approval", ""),
        still_every=form.lasting("still_every") if isinstance(form, RequestsForm) else None,
    )


def _bound(form: PartyForm, names: Mapping[UUID, str]) -> PartyTerms:
    party = _party(form)
    return PartyTerms(names[party.organisation], party.capacity, party.signed_on)


def _said(form: PurposeForm, system: ConventionSystem | None) -> PurposeTerms:
    form.full_clean()
    data = form.cleaned_data
    return PurposeTerms(
        label=data.get("label", ""),
        legal_text=data.get("legal_text", ""),
        legal_article=data.get("legal_article", ""),
        legal_version_on=data.get("legal_version_on"),
        least=form.lasting("least"),
        most=form.lasting("most"),
        places=places_said(system, data.get("place_kinds", ())),
    )


def _purpose(form: PurposeForm, number: int, kind: Kind) -> Purpose:
    data, least, most = form.cleaned_data, form.lasting("least"), form.lasting("most")
    if least is None or most is None:
        raise ValueError("signed before it was looked over")
    return Purpose(
        code=f"p{number}",
        label=data["label"],
        kind=kind,
        legal_text=data["legal_text"],
        legal_article=data["legal_article"],
        legal_version_on=data["legal_version_on"],
        least=least,
        most=most,
        place_kinds=data.get("place_kinds", ()),
    )
