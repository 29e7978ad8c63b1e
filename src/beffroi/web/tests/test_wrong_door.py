"""What plain HTTP is told at the port of HTTPS: where to go, in each language, of nothing but its own first lines."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.web.https.wrongdoor import answer


def told(*lines: str) -> tuple[list[str], str]:
    """The lines of the answer's head, and its page."""
    head, _, body = answer("\r\n".join([*lines, "", ""]).encode("latin-1")).partition(b"\r\n\r\n")
    return head.decode("ascii").split("\r\n"), body.decode()


def links(page: str) -> list[str]:
    return re.findall(r'<a href="([^"]*)">\1</a>', page)


def test_a_page_leads_to_the_same_address_over_https_in_each_language() -> None:
    head, page = told("GET /at/meaux/?a=1&b=%C3%A9 HTTP/1.1", "Host: beffroi.meaux.example:8443", "Accept: */*")
    assert head[0] == "HTTP/1.1 400 Bad Request"
    assert f"Content-Length: {len(page.encode())}" in head
    assert "Connection: close" in head
    assert links(page) == ["https://beffroi.meaux.example:8443/at/meaux/?a=1&amp;b=%C3%A9"] * 2
    assert page.index('<section lang="fr">') < page.index('<section lang="en">')
    assert "Cette adresse demande HTTPS" in page
    assert "This address speaks HTTPS" in page
    assert not [line for line in head if line.startswith(("Location", "Set-Cookie"))]


def test_what_was_sent_is_said_to_be_lost_and_leads_to_the_first_page_alone() -> None:
    _, page = told("POST /login/?next=/hush/ HTTP/1.1", "Host: [2001:db8::7]", "Content-Length: 3")
    assert links(page) == ["https://[2001:db8::7]/"] * 2
    assert "changez-le" in page
    assert "change it" in page


def test_who_asks_for_the_head_alone_gets_no_page() -> None:
    head, page = told("HEAD / HTTP/1.0", "Host: beffroi.meaux.example")
    assert (head[0], page) == ("HTTP/1.1 400 Bad Request", "")


@pytest.mark.parametrize(
    "lines",
    [
        ("GET / HTTP/1.1",),
        ("GET / HTTP/1.1", 'Host: a.example"><script>'),
        ("GET / HTTP/1.1", "Host: a.example/elsewhere"),
        ("GET / HTTP/1.1", "Host: user@a.example"),
        ("GET / HTTP/1.1", "Host: ä.example"),
        ("PRI * HTTP/2.0", "", "SM"),
    ],
)
def test_a_name_that_is_none_leads_nowhere(lines: tuple[str, ...]) -> None:
    assert links(told(*lines)[1]) == []


def test_what_was_typed_is_text() -> None:
    _, page = told('GET /"><img/src=x> HTTP/1.1', "Host: a.example")
    assert "<img" not in page
    assert links(page)[0] == "https://a.example/&quot;&gt;&lt;img/src=x&gt;"


LINES = st.sampled_from(
    [b"GET / HTTP/1.1", b"POST /a HTTP/1.0", b"Host: a.example", b"host:\t[::1]:1 ", b"\r\n", b"\r\n"]
)


@given(st.lists(LINES | st.binary(max_size=40), max_size=8).map(b"".join))
def test_whatever_comes_gets_one_whole_answer(head: bytes) -> None:
    said, _, body = answer(head).partition(b"\r\n\r\n")
    lines = said.decode("ascii").split("\r\n")
    assert lines[0] == "HTTP/1.1 400 Bad Request"
    assert all(re.fullmatch(r"[A-Za-z-]+: [ -~]+", line) for line in lines[1:])
    promised = next(int(line.partition(": ")[2]) for line in lines if line.startswith("Content-Length"))
    assert len(body) in (0, promised)
    assert all(re.fullmatch(r"https://[A-Za-z0-9.:\[\]-]+/[!-~]*", link) for link in links(body.decode()))
