"""Fields and constraints of conventions, rights and keys; no workflow. `authority` leads every key of what belongs to one."""

from beffroi.kernel.grants.models.conventions import (
    CAPACITY_LABELS,
    NETWORK,
    TRANSPORTS,
    Activation,
    Convention,
    ConventionDraft,
    ConventionParty,
    ConventionPurpose,
    ConventionResource,
    Designation,
)
from beffroi.kernel.grants.models.keys import EnrolmentCode, HolderKey, KeySet, RevocationList, Root
from beffroi.kernel.grants.models.rights import Grant, GrantResource, GrantState

__all__ = [
    "CAPACITY_LABELS",
    "NETWORK",
    "TRANSPORTS",
    "Activation",
    "Convention",
    "ConventionDraft",
    "ConventionParty",
    "ConventionPurpose",
    "ConventionResource",
    "Designation",
    "EnrolmentCode",
    "Grant",
    "GrantResource",
    "GrantState",
    "HolderKey",
    "KeySet",
    "RevocationList",
    "Root",
]
