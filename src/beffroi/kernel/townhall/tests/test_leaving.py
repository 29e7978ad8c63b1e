"""Nothing is held that can't be taken away, and no secret leaves: every table, and every column, is answered for."""

import re

from django.apps import apps
from django.db.models import Model, UUIDField
from django.utils.translation import override

from beffroi.persistence.portability import (
    ABOUT,
    NAMING,
    NOBODYS,
    SCOPES,
    WITHHELD,
    models,
    naming,
    person_tables,
    scope_of,
    table_of,
)

SECRET = re.compile(
    r"(^|_)(password|secret|token|salt|private|session_key|session_data|locator|digest|auth|endpoint)($|_)"
)
PERSONAL = re.compile(r"^(by|person|holder|asked_by|made_by|taken_by|accepted_by|enrolled_by|agent)$")
CONTACT = re.compile(r"^(name|email|phone|address|ip)$")
# Names and addresses in tables from which people take rows: each is of the one person whom the row names.
OF_ONESELF = (
    "account.EmailAddress.email",
    "accounts.Person.email",
    "accounts.Person.name",
    "reports.Report.address",  # of what is broken, nobody's
    "usersessions.UserSession.ip",
)
# Columns that look like secrets or people and are neither, and why.
HARMLESS = {
    "alerts.Mobile.person": "a key to a person, found by itself",
    "directory.Reading.digest": "names the roles that an administrator is asked about",
    "devices.Sources.digest": "over what is public or sealed: it tells when a list must be signed again",
    "devices.SignedBatch.token": "what a device signed: the proof that leaves with the events",
    "grants.KeySet.token": "published: what signatures are verified with",
    "grants.RevocationList.token": "published: what gates are told",
    "reports.Push.token": "what another town’s public server says until it gives its number",
    "retention.Destruction.digest": "over identifiers of what is gone: it proves which",
    "territory.Logo.digest": "names the drawing in its public address",
    "territory.Outline.digest": "of a surface that everybody can see",
    "upkeep.Sheet.digest": "over what its authority printed itself",
    "townhall.Export.digest": "of a file that is gone",
}


def test_a_table_is_an_authoritys_or_says_why_not() -> None:
    wrong = [model._meta.label for model in models() if (scope_of(model) is not None) == (model._meta.label in NOBODYS)]
    assert wrong == [], "give it an authority, register_scope or register_nobodys (persistence.portability)"


# Words that are the same in both languages.
SAME = {"convention", "destruction", "export", "invitation", "logo", "message", "permanence", "session"}


def leaving() -> list[type[Model]]:
    """What leaves with somebody: the rest is nobody's."""
    return [model for model in models() if model._meta.label not in NOBODYS or naming(model)]


def words(model: type[Model], language: str) -> str:
    """What its file is called."""
    with override(language):
        return str(table_of(model).words)


def test_what_leaves_is_called_something_in_french() -> None:
    same = [model._meta.label for model in leaving() if words(model, "en") == words(model, "fr") not in SAME]
    assert same == [], "register_called, and its French"


def test_what_looks_like_a_secret_is_withheld() -> None:
    found = {
        f"{model._meta.label}.{column.name}"
        for model in leaving()
        for column in table_of(model).columns
        if SECRET.search(column.name)
    }
    assert found - HARMLESS.keys() == set(), "register_withheld, or say here why it is harmless"


def test_who_names_a_person_says_so() -> None:
    silent = [
        f"{model._meta.label}.{column.attname}"
        for model in models()
        for column in model._meta.concrete_fields
        if isinstance(column, UUIDField)
        and not column.is_relation
        and PERSONAL.match(column.name)
        and column.attname not in naming(model)
    ]
    assert silent == [], "register_naming (persistence.portability)"


def test_a_name_or_an_address_goes_to_whoever_it_is_of() -> None:
    telling = {
        f"{table.label}.{column.name}"
        for table in person_tables()
        for column in table.columns
        if CONTACT.match(column.name) and column.name not in table.about
    }
    assert telling == set(OF_ONESELF), "register_about, or say here whose it is"


def test_what_is_said_is_said_of_tables_that_exist() -> None:
    there = {model._meta.label for model in apps.get_models()}
    assert {*SCOPES, *NAMING, *ABOUT, *WITHHELD, *NOBODYS} <= there
    for label, columns in WITHHELD.items():
        assert set(columns) <= {column.name for column in apps.get_model(label)._meta.concrete_fields}
    assert {name.rpartition(".")[0] for name in HARMLESS} <= there
