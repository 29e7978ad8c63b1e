"""What a directory's entries mean, read from their bytes: pure functions. Sources: RFC 4515 and 4519, draft-behera-ldap-password-policy,
RFC 2307, [MS-ADTS] (userAccountControl 2.2.16, accountExpires 2.44, matching rule in chain 3.1.1.3.4.4.3).
"""

import uuid
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from beffroi.adapters.directory.place import Kind

# Of any value, no more is read: a name has 120 characters, an address 254, a DN a few hundred.
LONGEST: Final = 1024
LONGEST_NAME: Final = 120
IN_CHAIN: Final = "1.2.840.113556.1.4.1941"
DISABLED: Final = 0x2
NEVER: Final = frozenset({0, 0x7FFFFFFFFFFFFFFF})
LOCKED_FOR_EVER: Final = "000001010000Z"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FILETIME_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
LAST_DAY: Final = 2_900_000  # of shadowExpire: beyond it, dates have no room

PEOPLE: Final = {
    Kind.OPENLDAP: "(objectClass=inetOrgPerson)",
    Kind.ACTIVE_DIRECTORY: "(&(objectCategory=person)(objectClass=user))",
}
CALLED: Final = {Kind.OPENLDAP: ("mail", "uid"), Kind.ACTIVE_DIRECTORY: ("mail", "userPrincipalName")}
GROUPS: Final = {
    Kind.OPENLDAP: "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))",
    Kind.ACTIVE_DIRECTORY: "(objectCategory=group)",
}
SUBJECT: Final = {Kind.OPENLDAP: "entryUUID", Kind.ACTIVE_DIRECTORY: "objectGUID"}
# What is asked for, and no more: neither photographs nor telephone numbers.
READ: Final = {
    Kind.OPENLDAP: (
        "entryUUID", "mail", "displayName", "cn", "uid", "pwdAccountLockedTime", "shadowExpire", "nsAccountLock",
    ),
    Kind.ACTIVE_DIRECTORY: (
        "objectGUID", "mail", "displayName", "cn", "userPrincipalName", "userAccountControl", "accountExpires",
    ),
}  # fmt: skip

Attributes = Mapping[str, list[bytes]]


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody as the directory has them. `subject` never changes, whatever they come to be called; `active`: neither disabled, locked
    nor past their end.
    """

    subject: str
    dn: str
    email: str
    name: str
    uid: str
    active: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A group: its DN, its name, and who is in it, by DN (people and groups) or, in a posixGroup, by uid."""

    dn: str
    name: str
    members: frozenset[str] = frozenset()
    uids: frozenset[str] = frozenset()


def quoted(text: str) -> str:
    """A value inside a filter, whatever is in it (RFC 4515, 3): every byte that isn't a plain letter, figure or mark is written \\xx."""
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@.-_ ,="
    return "".join(chr(byte) if byte in plain else f"\\{byte:02x}" for byte in text.encode("utf-8", "replace"))


def person_filter(kind: Kind, typed: str, narrowed: str) -> str:
    """Whoever is called so."""
    either = "".join(f"({name}={quoted(typed)})" for name in CALLED[kind])
    return f"(&{PEOPLE[kind]}{narrowed}(|{either}))"


def subject_filter(kind: Kind, subject: str, narrowed: str) -> str:
    """Whoever has this identifier. Raises ValueError when it is none."""
    number = uuid.UUID(subject)
    value = "".join(f"\\{byte:02x}" for byte in number.bytes_le) if kind is Kind.ACTIVE_DIRECTORY else str(number)
    return f"(&{PEOPLE[kind]}{narrowed}({SUBJECT[kind]}={value}))"


def read_person(kind: Kind, dn: str, attributes: Attributes, now: datetime) -> Entry | None:
    """None for an entry without an identifier: nothing that lasts could be tied to it."""
    subject = _subject(kind, attributes)
    if subject is None:
        return None
    principal = _text(attributes, "userPrincipalName")
    email = _text(attributes, "mail") or (principal if "@" in principal else "")
    name = _text(attributes, "displayName") or _text(attributes, "cn") or email
    return Entry(
        subject=subject,
        dn=dn,
        email=email.lower(),
        name=" ".join(name.split())[:LONGEST_NAME],
        uid=_text(attributes, "uid"),
        active=is_active(kind, attributes, now),
    )


def read_group(dn: str, attributes: Attributes) -> Group:
    """A group of any of the kinds we know."""
    members = (_decoded(each) for name in ("member", "uniqueMember") for each in _values(attributes, name))
    uids = (_decoded(each) for each in _values(attributes, "memberUid"))
    name = _text(attributes, "displayName") or _text(attributes, "cn") or dn
    return Group(dn, name[:LONGEST_NAME], frozenset(folded(each) for each in members), frozenset(uids))


def is_active(kind: Kind, attributes: Attributes, now: datetime) -> bool:
    """Whether the account is open. What can't be read closes it: a date that makes no sense was put there to close something."""
    if kind is Kind.ACTIVE_DIRECTORY:
        control, expires = _number(attributes, "userAccountControl", 0), _number(attributes, "accountExpires", 0)
        if control is None or expires is None or control & DISABLED:
            return False
        return expires in NEVER or now < _filetime(expires)
    days = _number(attributes, "shadowExpire", -1)
    if days is None or (0 <= days <= LAST_DAY and now >= EPOCH + timedelta(days=days)):
        return False
    locked = _text(attributes, "nsAccountLock").lower() == "true"
    return not locked and _text(attributes, "pwdAccountLockedTime") != LOCKED_FOR_EVER


def folded(dn: str) -> str:
    """A DN as it is compared: case and the spaces around commas and equal signs say nothing. Good for what one server wrote itself."""
    return ",".join(
        "=".join(part.strip() for part in piece.split("=", 1)) for piece in dn.strip().casefold().split(",")
    )


def all_groups_of(person: Entry, groups: Iterable[Group]) -> frozenset[str]:
    """The DNs of the groups that somebody is in, by way of other groups too. Rings of groups are walked once."""
    known = list(groups)
    found: dict[str, str] = {}
    waiting = deque([folded(person.dn)])
    for group in known:
        if person.uid and person.uid in group.uids:
            found[folded(group.dn)] = group.dn
            waiting.append(folded(group.dn))
    holding = holders(known)
    while waiting:
        for group in holding.get(waiting.popleft(), []):
            if folded(group.dn) not in found:
                found[folded(group.dn)] = group.dn
                waiting.append(folded(group.dn))
    return frozenset(found.values())


def holders(groups: Iterable[Group]) -> dict[str, list[Group]]:
    """By member, the groups that name them."""
    found: dict[str, list[Group]] = {}
    for group in groups:
        for member in group.members:
            found.setdefault(member, []).append(group)
    return found


def members_of(group: Group, groups: Iterable[Group]) -> tuple[frozenset[str], frozenset[str]]:
    """The DNs and the uids in a group, by way of other groups too: what `all_groups_of` says of each, for all at once."""
    known = {folded(each.dn): each for each in groups}
    found, uids = set[str](), set[str]()
    waiting, walked = deque([group]), {folded(group.dn)}
    while waiting:
        each = waiting.popleft()
        found |= each.members
        uids |= each.uids
        for member in each.members & known.keys() - walked:
            walked.add(member)
            waiting.append(known[member])
    return frozenset(found), frozenset(uids)


def _subject(kind: Kind, attributes: Attributes) -> str | None:
    values = _values(attributes, SUBJECT[kind])
    if len(values) != 1:
        return None
    try:
        if kind is Kind.ACTIVE_DIRECTORY:
            return str(uuid.UUID(bytes_le=values[0]))
        return str(uuid.UUID(values[0].decode("ascii")))
    except ValueError:
        return None


def _values(attributes: Attributes, name: str) -> list[bytes]:
    found = next((values for key, values in attributes.items() if key.lower() == name.lower()), [])
    return [value for value in found if len(value) <= LONGEST]


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "replace").replace("\0", "")


def _text(attributes: Attributes, name: str) -> str:
    return next((_decoded(value).strip() for value in _values(attributes, name)), "")


def _number(attributes: Attributes, name: str, absent: int) -> int | None:
    text = _text(attributes, name)
    if not text:
        return absent
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 20 else None  # noqa: PLR2004 - more is no 64-bit number


def _filetime(ticks: int) -> datetime:
    try:
        return FILETIME_EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return FILETIME_EPOCH
