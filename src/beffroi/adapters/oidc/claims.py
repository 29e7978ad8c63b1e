"""Who a provider says somebody is, in our own words, whatever kind of provider it is."""

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from beffroi.adapters.oidc.provider import Kind, Provider
from beffroi.adapters.oidc.strict import Object, text_of, texts_of

LONGEST_NAME: Final = 120
LONGEST_ADDRESS: Final = 254
LONGEST_GROUP: Final = 1000
MOST_GROUPS: Final = 2000
# What Microsoft writes for true, besides true.
TRUE: Final = ("true", "1", 1)


@dataclass(frozen=True, slots=True)
class Somebody:
    """`subject` tells them from anybody of any provider, for ever. `email` is empty where nothing says that it is theirs. `groups` is
    None where the provider didn't say: that is not "none".
    """

    subject: str
    email: str
    name: str
    groups: frozenset[str] | None
    sid: str = ""


def subject_of(issuer: str, sub: str) -> str:
    """What identifies somebody: a provider's own identifier means nothing without the provider (Core 1.0, 5.7)."""
    return hashlib.sha256(json.dumps([issuer, sub]).encode()).hexdigest()


def somebody(provider: Provider, proof: Object, person: Object) -> Somebody:
    """From the claims of the ID token, and from those of the person, which say more."""
    told = {**proof, **person}
    return Somebody(
        subject=subject_of(provider.issuer, text_of(proof, "sub")),
        email=_address(provider, told),
        name=_name(told),
        groups=_groups(provider, told),
        sid=text_of(proof, "sid"),
    )


def _name(told: Object) -> str:
    """`usual_name` is ProConnect's."""
    family = text_of(told, "usual_name") or text_of(told, "family_name")
    both = f"{text_of(told, 'given_name')} {family}".strip()
    name = both if family else text_of(told, "name") or both
    return " ".join("".join(each for each in name if each.isprintable()).split())[:LONGEST_NAME]


def _address(provider: Provider, told: Object) -> str:
    """An address that the provider says it verified, or of a domain for which its word is taken; never one that it says it didn't."""
    email = text_of(told, "email").strip().lower()
    verified = told.get("email_verified", told.get("xms_edov"))
    if not email or len(email) > LONGEST_ADDRESS or email.count("@") != 1:
        return ""
    if verified is not None:
        return email if verified is True or verified in TRUE else ""
    return email if email.rpartition("@")[2] in provider.domains else ""


def _groups(provider: Provider, told: Object) -> frozenset[str] | None:
    found = texts_of(told, provider.groups)
    if found is not None:
        return frozenset(found) if len(found) <= MOST_GROUPS else None
    # Microsoft leaves out an empty list, and says so when there are too many to send.
    elsewhere = told.get("_claim_names")
    apart = isinstance(elsewhere, dict) and provider.groups in elsewhere
    if provider.kind is Kind.ENTRA and not apart and "hasgroups" not in told and provider.groups not in told:
        return frozenset()
    return None
