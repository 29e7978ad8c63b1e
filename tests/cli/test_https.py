"""The web server over HTTPS that it speaks itself: who reads it, what plain HTTP gets, a certificate that changes under a live screen."""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process.places import free_port
from beffroi.lib.clock import utc_now
from tests.certifying import Certified, certified, pem_of
from tests.cli.test_web import PATIENCE, eventually, refused
from tests.journeys.browser import founded, serving

HOST = "beffroi.meaux.example"
TOKEN = "Kf3-_v0u1t"


@dataclass(frozen=True)
class Door:
    """A server that speaks HTTPS, and who certified it."""

    port: int
    plain: int
    home: Path
    root: Certified

    @contextlib.contextmanager
    def line(self) -> Iterator[ssl.SSLSocket]:
        trusting = ssl.create_default_context(cadata=self.root.pem.decode())
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as plain,
            trusting.wrap_socket(plain, server_hostname=HOST) as line,
        ):
            yield line

    def serial(self) -> int:
        with self.line() as line:
            told = line.getpeercert()
            assert told is not None
            return int(str(told["serialNumber"]), 16)

    def ask(self, line: ssl.SSLSocket, path: str, **headers: str) -> http.client.HTTPResponse:
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{self.port}\r\n{more}\r\n".encode())
        answer = http.client.HTTPResponse(line)
        answer.begin()
        return answer

    def in_clear(self, method: str, path: str, host: str = HOST, **headers: str) -> tuple[int, dict[str, str], str]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.plain, timeout=PATIENCE)) as asked:
            asked.request(method, path, headers={"Host": host, **headers})
            answer = asked.getresponse()
            return (
                answer.status,
                {name.lower(): value for name, value in answer.getheaders()},
                answer.read().decode(),
            )


@pytest.fixture(scope="module")
def root() -> Certified:
    return certified("Autorité de test")


@pytest.fixture(scope="module")
def door(shared_database: ConnectionInfo, root: Certified, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    home, plain = tmp_path_factory.mktemp("https"), free_port()
    founded()
    files = root.certify(HOST, [HOST]).written(home / "certificate")
    challenge = home / "acme" / ".well-known" / "acme-challenge"
    challenge.mkdir(parents=True)
    (challenge / TOKEN).write_text(f"{TOKEN}.thumbprint")
    (challenge / "elsewhere").symlink_to(home / "keys" / "web" / "secret")
    variables = {
        "BEFFROI_TLS_CERT": str(files.certificate),
        "BEFFROI_TLS_KEY": str(files.key),
        "BEFFROI_HTTP_PORT": str(plain),
        "BEFFROI_ACME_FOLDER": str(home / "acme"),
        "BEFFROI_PUBLIC_URL": f"https://{HOST}:8443",
        "BEFFROI_WEB_PROCESSES": "2",
        "BEFFROI_EXTRA_HOSTS": "www.meaux.example",
    }
    with serving(shared_database, home, **variables) as (address, _pid):
        yield Door(int(address.rpartition(":")[2]), plain, home, root)


def test_pages_come_over_tls_and_say_so(door: Door) -> None:
    with door.line() as line:
        assert line.version() == "TLSv1.3"
        answer = door.ask(line, "/login/")
        assert answer.status == 200
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        cookies = answer.headers.get_all("Set-Cookie") or []
        assert cookies
        assert all("Secure" in cookie for cookie in cookies)


def test_nobody_of_this_machine_says_at_our_own_door_how_and_for_whom_they_came(door: Door) -> None:
    # So that the installation's own look at its address, from a machine whose name is of loopback (Debian's 127.0.1.1), isn't believed
    # when it claims what a proxy would.
    with door.line() as line:
        answer = door.ask(line, "/login/", X_Forwarded_Proto="http", X_Forwarded_For="192.0.2.199")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_new_certificate_is_taken_up_and_a_broken_one_is_not_and_nobody_is_cut_off(door: Door) -> None:
    folder = door.home / "certificate"
    first, second = door.serial(), door.root.certify(HOST, [HOST])
    with door.line() as before:
        door.ask(before, "/login/").read()
        (folder / "fullchain.pem").write_bytes(b"hello")
        log = door.home / "web.log"
        eventually(lambda: log.read_text().count("one that can't be used") >= 2, "both processes see that it is broken")
        assert door.serial() == first
        second.written(folder)
        # Both listen on one socket: neither may have the former one any more.
        eventually(lambda: log.read_text().count("new connections get the new one") >= 2, "both have the new one")
        assert {door.serial() for _ in range(20)} == {second.certificate.serial_number}
        assert door.ask(before, "/login/").status == 200


def test_plain_http_leads_to_https_under_the_name_that_was_asked(door: Door) -> None:
    for method in ("GET", "HEAD"):
        code, headers, _body = door.in_clear(method, "/at/meaux/?a=%C3%A9", "www.meaux.example")
        assert (code, headers["location"]) == (308, "https://www.meaux.example:8443/at/meaux/?a=%C3%A9")
        assert "set-cookie" not in headers
        assert "strict-transport-security" not in headers  # said in clear it means nothing
    assert door.in_clear("GET", "/", "evil.example")[0] == 400


def test_what_was_sent_in_clear_is_not_done(door: Door) -> None:
    code, _headers, body = door.in_clear("POST", "/login/", **{"Accept-Language": "fr"})
    assert code == 403
    assert "envoyé en clair" in body
    assert f"https://{HOST}:8443/" in body


def test_what_is_asked_in_clear_and_what_is_said_of_it(door: Door) -> None:
    """Whoever speaks HTTPS itself believes no proxy that isn't named, this machine's own programs included."""
    assert door.in_clear("GET", "/login/", **{"X-Forwarded-Proto": "https"})[0] == 308
    led = door.in_clear("GET", "/login/", **{"X-Forwarded-Host": "www.meaux.example"})[1]["location"]
    assert led.startswith(f"https://{HOST}")


def test_an_acme_challenge_is_answered_in_clear(door: Door) -> None:
    base = "/.well-known/acme-challenge/"
    code, headers, body = door.in_clear("GET", base + TOKEN)
    assert (code, headers["content-type"], body) == (200, "text/plain", f"{TOKEN}.thumbprint")
    for other in ("unknown", "elsewhere", "..%2f..%2f..%2fkeys%2fweb%2fsecret", "a.b", "%00", "a" * 129):
        assert door.in_clear("GET", base + other)[0] == 404, other


def test_who_never_shakes_hands_keeps_nobody_waiting(door: Door) -> None:
    with contextlib.ExitStack() as idle:
        for _ in range(50):
            idle.enter_context(socket.create_connection(("127.0.0.1", door.port), timeout=PATIENCE))
        assert door.serial()


def test_settings_that_do_not_go_together_are_refused_with_what_would_do(tmp_path: Path) -> None:
    port = str(free_port())
    files = certified("x", [HOST]).written(tmp_path / "c")
    both = {"BEFFROI_TLS_CERT": str(files.certificate), "BEFFROI_TLS_KEY": str(files.key)}
    home, public = tmp_path / "home", {"BEFFROI_PUBLIC_URL": f"https://{HOST}"}
    with socket.create_server(("127.0.0.1", int(port))):
        said = refused(home, BEFFROI_HTTP_PORT=port, BEFFROI_PORT=str(free_port()), **both, **public)
    assert f"port {port}" in said
    assert "BEFFROI_HTTP_PORT" in said
    assert "init --local-ca" in refused(home, BEFFROI_LOCAL_CA="1", **public)


def test_a_certificate_that_can_not_be_served_is_said_before_anything_starts(tmp_path: Path) -> None:
    files = certified("x", [HOST]).written(tmp_path, key=pem_of(certified("y").key))
    said = refused(tmp_path / "home", BEFFROI_TLS_CERT=str(files.certificate), BEFFROI_TLS_KEY=str(files.key))
    assert "is not the one of the certificate" in said
    assert "PRIVATE" not in said


def test_one_that_has_ended_is_served_and_said(own_database: ConnectionInfo, tmp_path: Path) -> None:
    """Whoever comes to mend it must get in: browsers let an administrator pass where this server was never before."""
    ended = certified("x", ["elsewhere.example"], start=utc_now() - timedelta(days=400))
    files = ended.written(tmp_path / "c")
    settings = {"BEFFROI_TLS_CERT": str(files.certificate), "BEFFROI_TLS_KEY": str(files.key)}
    with serving(own_database, tmp_path, **settings, BEFFROI_PUBLIC_URL=f"https://{HOST}") as (address, _pid):
        believing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        believing.check_hostname, believing.verify_mode = False, ssl.CERT_NONE
        asked = http.client.HTTPSConnection("127.0.0.1", int(address.rpartition(":")[2]), context=believing)
        with contextlib.closing(asked):
            asked.request("GET", "/login/", headers={"Host": HOST})
            assert asked.getresponse().status == 200
    said = (tmp_path / "web.log").read_text()
    for words in ("The certificate ended on", f"stand for {HOST}", "signed by itself"):
        assert words in said


def test_plain_http_at_the_port_of_https_is_told_where_to_go(door: Door) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", door.port, timeout=PATIENCE)) as asked:
        asked.request("POST", "/login/", b"password=hush", {"Host": f"{HOST}:{door.port}"})
        answer = asked.getresponse()
        page = answer.read().decode()
    assert (answer.status, answer.headers["Location"], answer.headers["Set-Cookie"]) == (400, None, None)
    assert page.count(f'<a href="https://{HOST}:{door.port}/">') == 2
    assert "Cette adresse demande HTTPS" in page
    with door.line() as line:
        assert door.ask(line, "/login/").status == 200
