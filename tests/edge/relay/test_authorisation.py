"""The examples of the RFCs, and what real cameras make of them."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.edge.relay.authorisation import Authorisation, read_challenge

RFC_2617 = (
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"'
)
RFC_7616 = 'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe"'
OURS_7616 = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def answer(challenges: list[str], ours: str, user: str = "Mufasa", *, password: str) -> dict[str, str]:
    """Members of the answer to a GET of /dir/index.html."""
    who = Authorisation(user, password, lambda _: ours)
    assert who.take(challenges)
    header = who.header("GET", "/dir/index.html")["Authorization"]
    return {name: value.strip('"') for name, value in re.findall(r'(\w+)=("[^"]*"|[^,]+)', header)}


def test_the_example_of_rfc_2617() -> None:
    found = answer([RFC_2617], "0a4f113b", password="Circle Of Life")
    assert found["response"] == "6629fae49393a05397450978507c4ef1"
    assert found | {"nc": "00000001", "qop": "auth", "opaque": "5ccc", "uri": "/dir/index.html"} == found
    assert "algorithm" not in found


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, response: str) -> None:
    found = answer([f"Digest {RFC_7616}, algorithm={algorithm}"], OURS_7616, password="Circle of Life")
    assert found["response"] == response
    assert found["algorithm"] == algorithm


def test_without_qop_as_old_cameras_ask() -> None:
    """RFC 2617 section 3.2.2.1, without what came after RFC 2069: md5(md5(user:realm:password):nonce:md5(GET:uri))."""
    found = answer(['Digest realm="r", nonce="n"'], "x", "u", password="p")
    assert found["response"] == "fef71a1ed020d5dbc919be49210d36ef"
    assert not {"qop", "nc", "cnonce"} & set(found)


def test_the_strongest_is_answered() -> None:
    offered = ['Basic realm="r"', 'Digest realm="r", nonce="n"', 'Digest realm="r", nonce="n", algorithm=SHA-256']
    assert answer(offered, "x", password="p")["algorithm"] == "SHA-256"
    assert "algorithm" not in answer(offered[:2], "x", password="p")


def test_basic_says_both_in_utf_8() -> None:
    who = Authorisation("caméra", "a:b")
    assert who.take(['Basic realm="r"'])
    value = who.header("PLAY", "rtsp://c/")["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(value).decode() == "caméra:a:b"


def test_nothing_is_said_before_it_is_asked_for() -> None:
    assert Authorisation("u", "p").header("DESCRIBE", "rtsp://c/") == {}


def test_a_refused_answer_isnt_repeated_unless_only_its_nonce_was_too_old() -> None:
    who = Authorisation("u", "p")
    assert who.take(['Digest realm="r", nonce="1"'])
    who.header("DESCRIBE", "rtsp://c/")
    assert who.take(['Digest realm="r", nonce="2", stale=true'])
    who.header("DESCRIBE", "rtsp://c/")
    assert not who.take(['Digest realm="r", nonce="3"'])


def test_a_new_nonce_later_is_no_refusal() -> None:
    who = Authorisation("u", "p")
    assert who.take(['Digest realm="r", nonce="1"'])
    who.header("DESCRIBE", "rtsp://c/")
    who.passed()
    who.header("SETUP", "rtsp://c/")
    assert who.take(['Digest realm="r", nonce="2"'])
    who.header("SETUP", "rtsp://c/")
    assert not who.take(['Digest realm="r", nonce="3"'])


def test_without_a_name_nothing_is_answered() -> None:
    assert not Authorisation("", "").take(['Basic realm="r"'])


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Digest",
        "Negotiate abc",
        'Digest realm="r"',
        'Digest nonce="n", qop="auth-int"',
        'Digest nonce="n", algorithm=SHA-1',
    ],
)
def test_what_cant_be_answered(value: str) -> None:
    assert read_challenge(value) is None


@given(st.text(), st.text(max_size=20), st.text(max_size=20))
def test_whatever_a_camera_asks_no_line_is_broken(value: str, user: str, password: str) -> None:
    """A challenge comes out of one header, so it has no line break; then neither has the answer."""
    line = "Digest " + re.sub(r"[\r\n]", " ", value)
    who = Authorisation(user.replace("\r", "").replace("\n", ""), password)
    if who.take([line, 'Basic realm="r"']):
        assert not set("\r\n") & set(who.header("PLAY", "rtsp://c/")["Authorization"])
