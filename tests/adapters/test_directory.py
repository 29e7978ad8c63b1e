"""A real OpenLDAP is asked who people are: over TLS only, within a few seconds, and never more than was meant."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.adapters.directory import asking, entries, tunnel
from beffroi.adapters.directory.entries import LOCKED_FOR_EVER
from beffroi.adapters.directory.errors import Silent, Unclear, Untrusted, Unwelcome
from beffroi.adapters.directory.place import DirectorySettingError, Kind, Place
from beffroi.lib.clock import utc_now
from tests import memory
from tests.directory import GROUPS, PASSWORD, PEOPLE, Directory, certify, directory, proven

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def running() -> Iterator[Directory]:
    with directory() as made:
        yield made


@pytest.fixture
def hall(running: Directory) -> Directory:
    running.empty()
    return running


def prove(place: Place, typed: str, password: str = PASSWORD) -> str | None:
    found = proven(place, typed, password)
    return found.name if found else None


def test_whoever_gives_their_password_is_known_by_address_or_by_identifier(hall: Directory) -> None:
    hall.hire("ada", "Ada Vauban")
    for place in (hall.place(), hall.place(f"ldap://127.0.0.1:{hall.clear}", ca=None)):
        assert prove(place, "ada@town.example") == "Ada Vauban"
        assert prove(place, "ADA@town.example") == "Ada Vauban"
        assert prove(place, "ada") == "Ada Vauban"
        assert prove(place, "ada", "another one") is None
        assert prove(place, "ada", "") is None  # a bind with no password succeeds, as nobody
        assert prove(place, "") is None
        assert prove(place, "nobody@town.example") is None


def test_a_name_that_two_people_have_is_nobody_s(hall: Directory) -> None:
    hall.hire("ada", "Ada Vauban")
    hall.hire("adele", "Adèle Vauban", mail="ada@town.example")
    assert prove(hall.place(), "ada@town.example") is None
    assert prove(hall.place(), "adele") == "Adèle Vauban"


def test_an_account_that_was_disabled_or_has_ended_opens_nothing(hall: Directory) -> None:
    place = hall.place()
    locked = hall.hire("lea", "Léa Marchand")
    hall.hire("max", "Max Ferrand", shadowExpire="18000")  # in 2019
    hall.hire("noe", "Noé Ferrand", shadowExpire="60000")  # in 2134
    hall.replace(locked, pwdAccountLockedTime=LOCKED_FOR_EVER)
    assert (prove(place, "lea"), prove(place, "max"), prove(place, "noe")) == (None, None, "Noé Ferrand")
    found = asking.people_in(place, [hall.gather("all", locked)], utc_now())
    assert [(entry.name, entry.active) for entry, _groups in found.people] == [("Léa Marchand", False)]


def test_groups_in_groups_count_and_rings_of_them_end(hall: Directory) -> None:
    ada, bob, _cleo = (hall.hire(uid, uid.title()) for uid in ("ada", "bob", "cleo"))
    night = hall.gather("night", ada)
    police = hall.gather("police", night, bob)
    hall.replace(night, member=[ada, police])  # a ring
    hall.add(f"cn=agents,{GROUPS}", objectClass="posixGroup", cn="agents", gidNumber="5", memberUid=["cleo"])
    place = hall.place()
    found = asking.people_in(place, [police, f"cn=agents,{GROUPS}", f"cn=gone,{GROUPS}"], utc_now())
    assert {entry.name: sorted(groups) for entry, groups in found.people} == {
        "Ada": [police],
        "Bob": [police],
        "Cleo": [f"cn=agents,{GROUPS}"],
    }
    assert found.missing == {f"cn=gone,{GROUPS}"}
    entry = proven(place, "ada", PASSWORD)
    assert entry is not None
    assert asking.groups_of(place, entry) == {night, police}
    assert asking.somebody(place, subject=entry.subject, now=utc_now()) == entry
    assert asking.somebody(place, subject="no identifier", now=utc_now()) is None
    assert [group.name for group in asking.groups(place)] == ["agents", "night", "police"]


def test_more_people_than_a_page_are_all_there(hall: Directory) -> None:
    everybody = [hall.hire(f"n{number}", f"Number {number}") for number in range(asking.PAGE + 3)]
    found = asking.people_in(hall.place(), [hall.gather("all", *everybody)], utc_now())
    assert len(found.people) == len(everybody)


@pytest.fixture
def only(hall: Directory) -> Directory:
    hall.hire("only", "Only One")
    return hall


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.one_of(st.text(), st.text(alphabet="*()\\&|!=\0only,")))
def test_nothing_that_is_typed_finds_anybody_else(only: Directory, typed: str) -> None:
    """Only by whole names: no star, no other filter, no error either."""
    place = only.place(f"ldap://127.0.0.1:{only.clear}", ca=None)
    found = proven(place, typed, PASSWORD)
    assert found is None or typed.strip().casefold() in ("only", "only@town.example")


def test_a_certificate_that_nobody_we_trust_has_signed_is_refused(hall: Directory) -> None:
    hall.hire("ada", "Ada Vauban")
    stranger = memory.folder("beffroi-ca-")
    certify(stranger)
    for url in (f"ldaps://127.0.0.1:{hall.tls}", f"ldaps://localhost:{hall.tls}"):
        with pytest.raises(Untrusted, match=r"certificate|self-signed"):
            prove(hall.place(url, ca=stranger / "ca.pem"), "ada")
    with pytest.raises(Untrusted, match="localhost"):  # signed by whom we trust, for another name
        prove(hall.place(f"ldaps://localhost:{hall.tls}"), "ada")
    with pytest.raises(Untrusted):  # no TLS at all where TLS is wanted
        prove(hall.place(f"ldaps://127.0.0.1:{hall.clear}"), "ada")


def test_start_tls_is_asked_for_before_anything_is_said(hall: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "is_loopback", lambda _url: False)  # as from another machine
    hall.hire("ada", "Ada Vauban")
    assert prove(hall.place(f"ldap://127.0.0.1:{hall.clear}"), "ada") == "Ada Vauban"
    with pytest.raises(Untrusted, match="BEFFROI_LDAP_CA"):
        prove(hall.place(f"ldap://127.0.0.1:{hall.clear}", ca=None), "ada")


def hears(answer: bytes) -> tuple[int, "list[bytes]", socket.socket]:
    """A server that writes down what it is told, and gives this answer to whatever it is."""
    server, said = socket.create_server(("127.0.0.1", 0)), list[bytes]()

    def serve() -> None:
        try:
            while True:
                connection, _address = server.accept()
                with closing(connection):
                    said.append(connection.recv(65_536))
                    connection.sendall(answer)
                    while part := connection.recv(65_536):
                        said.append(part)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    return server.getsockname()[1], said, server


def test_a_server_that_begins_no_tls_is_told_nothing(hall: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "is_loopback", lambda _url: False)
    refused = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"
    port, said, server = hears(refused)
    with closing(server), pytest.raises(Untrusted, match="StartTLS"):
        prove(hall.place(f"ldap://127.0.0.1:{port}"), "ada")
    assert said == [tunnel.START_TLS]


def test_a_directory_that_stops_answering_is_given_up_on(hall: Directory) -> None:
    """Whether it is off, takes the connection and no more, or freezes in the middle."""
    off = hall.place("ldaps://127.0.0.1:1", seconds=0.5)
    with pytest.raises(Silent):
        prove(off, "ada")
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        port = mute.getsockname()[1]
        with pytest.raises(Silent):
            prove(hall.place(f"ldaps://127.0.0.1:{port}", seconds=0.5), "ada")
        with pytest.raises(Silent):
            prove(hall.place(f"ldap://127.0.0.1:{port}", seconds=0.5, ca=None), "ada")
    hall.freeze()
    try:
        for url in (f"ldaps://127.0.0.1:{hall.tls}", f"ldap://127.0.0.1:{hall.clear}"):
            with pytest.raises(Silent):
                prove(hall.place(url, seconds=0.5), "ada")
    finally:
        hall.thaw()


def test_the_next_server_is_asked_when_the_first_is_away(hall: Directory) -> None:
    hall.hire("ada", "Ada Vauban")
    both = hall.place(urls=("ldaps://127.0.0.1:1", f"ldaps://127.0.0.1:{hall.tls}"))
    assert prove(both, "ada") == "Ada Vauban"


def test_our_own_account_and_base_are_said_to_be_wrong(hall: Directory) -> None:
    asking.greet(hall.place())
    with pytest.raises(Unwelcome):
        asking.greet(hall.place(bind_password="not this"))
    with pytest.raises(Unclear):
        prove(hall.place(base="ou=elsewhere,dc=town,dc=example"), "ada")
    with pytest.raises(Unclear):  # a town's own filter that is none
        prove(hall.place(narrowed="(nothing)"), "ada")


def test_only_those_that_the_town_s_filter_lets_in_are_found(hall: Directory) -> None:
    hall.hire("ada", "Ada Vauban", employeeType="agent")
    hall.hire("bob", "Bob Vauban", employeeType="visitor")
    agents = hall.place(narrowed="(employeeType=agent)")
    assert (prove(agents, "ada"), prove(agents, "bob")) == ("Ada Vauban", None)


GUID = UUID("6f9619ff-8b86-d011-b42d-00cf4fc964ff")


@pytest.mark.parametrize(
    ("control", "expires", "active"),
    [
        (b"512", b"0", True),
        (b"512", b"9223372036854775807", True),
        (b"514", b"0", False),  # ACCOUNTDISABLE
        (b"66048", b"133000000000000000", False),  # in 2022
        (b"66048", b"144000000000000000", True),  # in 2057
        (b"512", b"soon", False),
        (b"512", b"99999999999999999999999", False),
    ],
)
def test_an_entry_of_active_directory_is_read_as_microsoft_writes_it(
    control: bytes, expires: bytes, *, active: bool
) -> None:
    attributes = {
        "objectGUID": [GUID.bytes_le],
        "userPrincipalName": [b"Ada@town.example"],
        "displayName": [b"Ada Vauban"],
        "userAccountControl": [control],
        "accountExpires": [expires],
    }
    found = entries.read_person(Kind.ACTIVE_DIRECTORY, "CN=Ada", attributes, NOON)
    assert found is not None
    assert (found.subject, found.email, found.active) == (str(GUID), "ada@town.example", active)


@given(
    attributes=st.dictionaries(
        st.sampled_from([name for names in entries.READ.values() for name in names]),
        st.lists(st.one_of(st.binary(max_size=40), st.integers().map(lambda n: str(n).encode())), max_size=3),
    ),
    kind=st.sampled_from(list(Kind)),
)
def test_any_entry_is_read_without_harm(attributes: dict[str, list[bytes]], kind: Kind) -> None:
    found = entries.read_person(kind, "cn=x", attributes, NOON)
    assert found is None or (len(found.name) <= entries.LONGEST_NAME and "\0" not in found.email)


@given(data=st.binary(max_size=200))
def test_any_answer_to_start_tls_is_read_without_harm(data: bytes) -> None:
    assert tunnel.begins(data) in (True, False)
    assert not tunnel.begins(b"\x30\x0c\x02\x01\x02" + data)


TOLD: dict[str, Any] = {
    "urls": "ldaps://dc1.town.example ldaps://dc2.town.example:636",
    "kind": "active-directory",
    "base": PEOPLE,
    "group_base": "",
    "bind_dn": "cn=reader",
    "bind_password": "x",
    "ca": "",
    "narrowed": "",
}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, "BEFFROI_LDAP_CA is needed"),
        ({"urls": "ldap://dc1.town.example"}, "BEFFROI_LDAP_CA is needed"),
        ({"urls": "http://dc1.town.example"}, "ldaps://host:636"),
        ({"urls": "ldaps://reader:secret@dc1.town.example"}, "ldaps://host:636"),
        ({"urls": "ldaps://"}, "ldaps://host:636"),
        ({"urls": "ldaps://host:99999"}, "ldaps://host:636"),
        ({"urls": ""}, "1 to 4 servers"),
        ({"ca": "/nowhere/ca.pem"}, "no file"),
        ({"urls": "ldap://localhost", "base": ""}, "BEFFROI_LDAP_BASE"),
        ({"urls": "ldap://localhost", "bind_password": ""}, "BEFFROI_LDAP_BIND_PASSWORD"),
        ({"urls": "ldap://localhost", "narrowed": "department=Police"}, "in parentheses"),
    ],
)
def test_what_would_not_be_safe_is_refused_in_words(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(DirectorySettingError, match=why):
        Place.read(**(TOLD | changed))


def test_a_place_says_no_password(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    assert "secret" not in repr(Place.read(**(TOLD | {"ca": str(tmp_path / "ca.pem"), "bind_password": "secret"})))
