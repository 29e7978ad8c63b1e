"""What a question to our own address became on its way, and what is said of that."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from beffroi.adapters.process.places import free_port
from beffroi.lib.clock import utc_now
from beffroi.persistence.checkup import State
from beffroi.web.https.arrival import MARK, mark_of
from beffroi.web.https.asking import CLAIMED, Arrived
from beffroi.web.https.through import judged, look, thorough

URL = "https://beffroi.meaux.example"
WELL = Arrived(200, "beffroi.meaux.example", "https", "192.0.2.7", "192.0.2.7", "https", 0)


def told(**changes: Any) -> list[str]:  # a field's own value
    """The codes of what is found when one thing arrives otherwise."""
    return [each.code for each in judged(URL, replace(WELL, **changes), proxied=True)]


def test_each_thing_that_a_proxy_leaves_out_has_its_own_name() -> None:
    assert told() == ["address"]
    assert told(status=404) == told(status=0) == ["address.elsewhere"]
    assert told(host="127.0.0.1:8000") == ["address.host"]
    assert told(host="Beffroi.Meaux.example:443") == ["address"]
    assert told(forwarded_for=None, client="127.0.0.1") == ["address.silent"]
    assert told(forwarded_for=CLAIMED, client=CLAIMED) == ["address.claims"]
    assert told(forwarded_for=f"{CLAIMED}, 192.0.2.7") == ["address"]
    # One that adds itself to what visitors claim, asked from this very machine: a stranger's address would stand there.
    assert told(forwarded_for=f"{CLAIMED}, 127.0.0.1", client=CLAIMED) == ["address"]
    assert told(scheme="http", forwarded_proto=None) == ["address.scheme"]
    # A proxy elsewhere that says everything and is believed nothing: one cause, said once.
    assert told(client="10.0.0.5", scheme="http") == ["address.proxies"]
    (found,) = judged(
        URL, Arrived(200, "beffroi.meaux.example", "http", "10.0.0.5", "192.0.2.7", "https"), proxied=True
    )
    assert str(found.todo).endswith("BEFFROI_TRUSTED_PROXIES=10.0.0.5")


def test_where_we_speak_https_ourselves_no_proxy_is_missed() -> None:
    arrived = Arrived(200, "beffroi.meaux.example", "https", CLAIMED, CLAIMED, "http")
    assert [each.state for each in judged(URL, arrived, proxied=False)] == [State.WELL]


@pytest.mark.parametrize(
    ("client", "forwarded_for", "believing", "code"),
    [
        ("127.0.0.1", CLAIMED, False, "address"),  # nobody between, the name leads to the machine itself
        ("127.0.0.1", f"{CLAIMED}, 192.0.2.7", False, "address.proxies"),
        ("127.0.0.1", "127.0.0.1", False, "address.proxies"),  # the proxy was asked from this very machine
        ("127.0.0.1", "127.0.0.1", True, "address"),
        ("192.0.2.7", f"{CLAIMED}, 192.0.2.7", True, "address"),
        ("127.0.0.1", "192.0.2.7", True, "address.proxies"),  # another is named
    ],
)
def test_a_proxy_before_our_own_door_that_isn_t_believed_is_said(
    client: str, forwarded_for: str, believing: bool, code: str
) -> None:
    arrived = replace(WELL, client=client, forwarded_for=forwarded_for)
    assert [each.code for each in judged(URL, arrived, proxied=False, believing=believing)] == [code]


@given(
    st.builds(
        Arrived,
        status=st.sampled_from([200, 404, 502]),
        host=st.text(max_size=30),
        scheme=st.text(max_size=10),
        client=st.text(max_size=30),
        forwarded_for=st.none() | st.text(max_size=60),
        forwarded_proto=st.none() | st.text(max_size=10),
    ),
    st.booleans(),
)
def test_whatever_arrives_is_judged_and_takes_no_machine_out(arrived: Arrived, proxied: bool) -> None:
    found = judged(URL, arrived, proxied=proxied)
    assert found
    assert all(str(each.seen) and each.state is not State.BAD for each in found)


@pytest.mark.django_db
def test_nobody_but_ourselves_is_told_how_a_question_arrived(settings: Settings) -> None:
    client = Client(headers={"host": "localhost"})
    for mark in (None, "", "0a1b", mark_of("0a1b") + "x"):
        headers = {} if mark is None else {MARK: mark}
        for path in ("/arrival/", "/arrival/stream/", "/arrival/heard/"):
            assert client.post(path, headers=headers).status_code == 404
    answer = client.post("/arrival/", b"12345", content_type="text/plain", headers={MARK: mark_of("0a1b")})
    assert (answer.status_code, answer.json()["octets"], answer.json()["client"]) == (200, 5, "127.0.0.1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.core.signing.time.time", lambda: 0.0)
        old = mark_of("0a1b")
    assert client.post("/arrival/", headers={MARK: old}).status_code == 404


def test_an_installation_of_one_machine_has_no_address_to_look_at(settings: Settings) -> None:
    for url in ("http://localhost:8000", "https://localhost:8443", "http://beffroi.meaux.example"):
        settings.BEFFROI_PUBLIC_URL = url
        assert list(look(utc_now())) == []


def test_an_address_that_can_not_be_asked_is_no_fault_by_itself_but_is_said(settings: Settings) -> None:
    url = f"https://0.0.0.0:{free_port()}"  # this machine, by an address that isn't its own name for itself
    settings.BEFFROI_PUBLIC_URL = url
    (found,) = look(utc_now())
    assert found.state is State.WELL
    assert url in str(found.seen)
    (at_length,) = thorough(url)
    assert at_length.code == "address.unreached"
