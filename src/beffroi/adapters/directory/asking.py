"""Asking a directory over LDAP: who somebody is, whether their password is right, who is in its groups.

Each question opens a connection of its own and gives up after a few seconds; servers are tried in order.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from beffroi.adapters.directory import entries
from beffroi.adapters.directory.entries import Entry, Group
from beffroi.adapters.directory.errors import DirectoryError, LibraryMissing, Silent, Unclear, Untrusted, Unwelcome
from beffroi.adapters.directory.place import Kind, Place
from beffroi.adapters.directory.tunnel import Tunnel

if TYPE_CHECKING:
    from types import ModuleType

PAGE: Final = 500
MOST_PEOPLE: Final = 50_000
MOST_GROUPS: Final = 20_000
PAGED: Final = "1.2.840.113556.1.4.319"


@dataclass(frozen=True, slots=True)
class Found:
    """Everybody of some groups: each with those of these that they are in, by DN as asked. `missing`: groups that there aren't."""

    people: tuple[tuple[Entry, frozenset[str]], ...]
    missing: frozenset[str]


def library() -> "ModuleType":
    """python-ldap, which only an installation with a directory has. Raises LibraryMissing."""
    try:
        import ldap  # noqa: PLC0415 - an extra
    except ImportError as missing:
        raise LibraryMissing("pip install 'beffroi[ldap]'") from missing
    return ldap  # type: ignore[no-any-return]  # it ships no types


def called(place: Place, *, typed: str, now: datetime) -> Entry | None:
    """Whoever is called so and has an open account there; None for nobody, and for several. Raises DirectoryError."""
    if not typed.strip():
        return None
    with _asked(place) as connection:
        found = _people(connection, place, entries.person_filter(place.kind, typed.strip(), place.narrowed), now)
    return found[0] if len(found) == 1 and found[0].active else None


def is_theirs(place: Place, entry: Entry | None, password: str) -> bool:
    """Whether that is their password: the directory is asked, and counts a wrong one. Of nobody (None) as much is asked, in vain: how
    long an answer takes tells nothing. Raises DirectoryError.
    """
    if not password or "\0" in password:
        return False  # a bind without a password succeeds as nobody (RFC 4513, 5.1.2): never ask for one
    return _binds(place, entry.dn if entry is not None else f"cn=nobody is called so,{place.base}", password)


def somebody(place: Place, *, subject: str, now: datetime) -> Entry | None:
    """Whoever has this identifier, if they are still there. Raises DirectoryError."""
    try:
        wanted = entries.subject_filter(place.kind, subject, place.narrowed)
    except ValueError:
        return None
    with _asked(place) as connection:
        found = _people(connection, place, wanted, now)
    return found[0] if len(found) == 1 else None


def greet(place: Place) -> None:
    """Whether it answers and takes our own account. Raises DirectoryError."""
    with _asked(place):
        return


def groups(place: Place) -> list[Group]:
    """All groups under their base, by name; of Active Directory's, who is in them isn't read. Raises DirectoryError."""
    with _asked(place) as connection:
        return sorted(_groups(connection, place), key=lambda group: (group.name.casefold(), group.dn))


def groups_of(place: Place, person: Entry) -> frozenset[str]:
    """The groups that somebody is in, by way of other groups too. Raises DirectoryError."""
    with _asked(place) as connection:
        if place.kind is Kind.ACTIVE_DIRECTORY:
            wanted = f"(&(objectCategory=group)(member:{entries.IN_CHAIN}:={entries.quoted(person.dn)}))"
            return frozenset(dn for dn, _values in _search(connection, place, place.group_base, wanted, ("cn",)))
        return entries.all_groups_of(person, _groups(connection, place))


def people_in(place: Place, wanted: Iterable[str], now: datetime) -> Found:
    """Everybody in one of these groups, by way of others too. Raises DirectoryError, also when an answer was cut short."""
    asked = {entries.folded(dn): dn for dn in wanted}
    with _asked(place) as connection:
        known = {entries.folded(group.dn): group for group in _groups(connection, place)}
        there = {key: dn for key, dn in asked.items() if key in known}
        if place.kind is Kind.ACTIVE_DIRECTORY:
            people = _in_chain(connection, place, there, now)
        else:
            everybody = _people(connection, place, f"(&{entries.PEOPLE[place.kind]}{place.narrowed})", now)
            people = _in_memory(everybody, known, there)
    return Found(tuple(people), frozenset(asked[key] for key in asked.keys() - known.keys()))


def _in_chain(
    connection: Any, place: Place, there: dict[str, str], now: datetime
) -> list[tuple[Entry, frozenset[str]]]:
    found: dict[str, Entry] = {}
    held: dict[str, set[str]] = {}
    for dn in there.values():
        chain = f"(memberOf:{entries.IN_CHAIN}:={entries.quoted(dn)})"
        wanted = f"(&{entries.PEOPLE[place.kind]}{place.narrowed}{chain})"
        for entry in _people(connection, place, wanted, now):
            found[entry.subject] = entry
            held.setdefault(entry.subject, set()).add(dn)
    return [(entry, frozenset(held[subject])) for subject, entry in found.items()]


def _in_memory(
    everybody: Iterable[Entry], known: dict[str, Group], there: dict[str, str]
) -> list[tuple[Entry, frozenset[str]]]:
    inside = {dn: entries.members_of(known[key], known.values()) for key, dn in there.items()}
    found = []
    for entry in everybody:
        held = {dn for dn, (dns, uids) in inside.items() if entries.folded(entry.dn) in dns or entry.uid in uids}
        if held:
            found.append((entry, frozenset(held)))
    return found


def _people(connection: Any, place: Place, wanted: str, now: datetime) -> list[Entry]:
    rows = _search(connection, place, place.base, wanted, entries.READ[place.kind])
    read = (entries.read_person(place.kind, dn, attributes, now) for dn, attributes in rows)
    return [entry for entry in read if entry is not None]


def _groups(connection: Any, place: Place) -> list[Group]:
    names = ["cn", "displayName"]
    if place.kind is Kind.OPENLDAP:
        names += ["member", "uniqueMember", "memberUid"]
    rows = _search(connection, place, place.group_base, entries.GROUPS[place.kind], names, most=MOST_GROUPS)
    return [entries.read_group(dn, attributes) for dn, attributes in rows]


def _search(
    connection: Any, place: Place, base: str, wanted: str, names: Iterable[str], *, most: int = MOST_PEOPLE
) -> list[tuple[str, dict[str, list[bytes]]]]:
    """Page by page; an answer that is cut short is none (Unclear), never a shorter one."""
    ldap = library()
    from ldap.controls import SimplePagedResultsControl  # noqa: PLC0415 - an extra

    control = SimplePagedResultsControl(True, size=PAGE, cookie="")
    found: list[tuple[str, dict[str, list[bytes]]]] = []
    while True:
        with _told(ldap):
            asked = connection.search_ext(
                base, ldap.SCOPE_SUBTREE, wanted, list(names), serverctrls=[control], timeout=place.seconds
            )
            _kind, rows, _id, controls = connection.result3(asked, timeout=place.seconds)
        found += [(dn, values) for dn, values in rows if dn is not None]  # None: a referral, elsewhere's
        if len(found) > most:
            raise Unclear(f"more than {most} entries under {base}")
        control.cookie = next((each.cookie for each in controls if each.controlType == PAGED), b"")
        if not control.cookie:
            return found


def _binds(place: Place, dn: str, password: str) -> bool:
    ldap = library()
    with _connected(place) as connection, _told(ldap):
        try:
            connection.simple_bind_s(dn, password)
        except (
            ldap.INVALID_CREDENTIALS,
            ldap.INSUFFICIENT_ACCESS,
            ldap.UNWILLING_TO_PERFORM,
            ldap.CONSTRAINT_VIOLATION,
            ldap.INAPPROPRIATE_AUTH,
            ldap.NO_SUCH_OBJECT,
        ):
            return False
    return True


@contextlib.contextmanager
def _asked(place: Place) -> Iterator[Any]:
    """A connection as our own account."""
    ldap = library()
    with _connected(place) as connection:
        with _told(ldap):
            connection.simple_bind_s(place.bind_dn, place.bind_password)
        yield connection


@contextlib.contextmanager
def _connected(place: Place) -> Iterator[Any]:
    """To the first server that answers and proves who it is."""
    ldap = library()
    with _first(place) as tunnel:
        connection = ldap.initialize(f"ldap://{tunnel.host}", bytes_mode=False, fileno=tunnel.inside)
        connection.set_option(ldap.OPT_PROTOCOL_VERSION, 3)
        connection.set_option(ldap.OPT_REFERRALS, 0)
        connection.set_option(ldap.OPT_TIMEOUT, place.seconds)
        try:
            yield connection
        finally:
            with contextlib.suppress(ldap.LDAPError):
                connection.unbind_s()


def _first(place: Place) -> Tunnel:
    faults: list[DirectoryError] = []
    for url in place.urls:
        try:
            return Tunnel(url, ca=place.ca, seconds=place.seconds)
        except DirectoryError as fault:
            faults.append(fault)
    # A wrong certificate is to be mended, whatever befalls the other servers.
    raise next((fault for fault in faults if isinstance(fault, Untrusted)), faults[-1])


@contextlib.contextmanager
def _told(ldap: "ModuleType") -> Iterator[None]:
    """libldap's exceptions as ours; what a caller expects it catches inside."""
    try:
        yield
    except (ldap.SERVER_DOWN, ldap.TIMEOUT, ldap.BUSY, ldap.UNAVAILABLE, ldap.CONNECT_ERROR) as down:
        raise Silent("the directory stopped answering") from down
    except (ldap.INVALID_CREDENTIALS, ldap.INAPPROPRIATE_AUTH, ldap.INVALID_DN_SYNTAX) as refused:
        raise Unwelcome("the directory refuses BEFFROI_LDAP_BIND_DN and its password") from refused
    except ldap.LDAPError as fault:
        raise Unclear(f"the directory answers {type(fault).__name__}") from fault
