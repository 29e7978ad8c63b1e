"""Behind a real nginx: the one that docs/operators/https.md writes passes everything on; what others get wrong is said."""

import contextlib
import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process.places import free_port
from tests.certifying import certified
from tests.journeys.browser import PATIENCE, founded, serving

DOCUMENT = Path(__file__).parents[2] / "docs" / "operators" / "https.md"
HOST = "localhost"  # the only name that every machine knows
FRAME = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    {servers}
}}
"""
CARELESS = """server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{ proxy_pass http://127.0.0.1:{behind}; {more} }}
}}"""
# What passes on what a visitor claims to be, and holds back what comes bit by bit.
CREDULOUS = "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme; proxy_ignore_headers X-Accel-Buffering;"


def nginx() -> str:
    """Debian keeps it out of an ordinary account's PATH."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip("no nginx: scripts/setup installs it")
    return found


@dataclass(frozen=True)
class Proxies:
    """Three doors before one server, and who certified them."""

    documented: int
    bare: int
    credulous: int
    behind: int
    root: Path
    home: Path
    database: ConnectionInfo

    def checked(self, port: int) -> tuple[int, str]:
        """What `beffroi doctor --through` says of a door, on one line."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BEFFROI_")}
        done = subprocess.run(
            [sys.executable, "-m", "beffroi", "doctor", "--through", f"https://{HOST}:{port}"],
            env=clean
            | {
                "BEFFROI_HOME": str(self.home),
                "BEFFROI_PUBLIC_URL": f"https://{HOST}:{self.documented}",
                "DATABASE_URL": self.database.app_url,
                "BEFFROI_DATABASE_OWNER_URL": self.database.owner_url,
                "SSL_CERT_FILE": str(self.root),
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE * 5,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, " ".join(done.stdout.split())


@pytest.fixture(scope="module")
def proxies(shared_database: ConnectionInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxies]:
    program, home, folder = nginx(), tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    root = certified("Autorité de test")
    files = root.certify(HOST, [HOST]).written(folder / "certificate")
    (folder / "root.pem").write_bytes(root.pem)
    founded()
    documented, bare, credulous = free_port(), free_port(), free_port()
    variables = {"BEFFROI_PUBLIC_URL": f"https://{HOST}:{documented}"}
    with serving(shared_database, home, **variables) as (address, _pid):
        behind = int(address.rpartition(":")[2])
        text = as_documented(documented, behind)
        text = re.sub(r"/etc/letsencrypt/\S+fullchain\.pem", str(files.certificate), text)
        text = re.sub(r"/etc/letsencrypt/\S+privkey\.pem", str(files.key), text)
        common = {"certificate": files.certificate, "key": files.key, "behind": behind}
        servers = [
            text,
            CARELESS.format(port=bare, more="", **common),
            CARELESS.format(port=credulous, more=CREDULOUS, **common),
        ]
        user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""  # pytest's folders are for its account alone
        (folder / "nginx.conf").write_text(FRAME.format(user=user, folder=folder, servers="\n".join(servers)))
        with running([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)], documented):
            yield Proxies(documented, bare, credulous, behind, folder / "root.pem", home, shared_database)


def as_documented(port: int, behind: int) -> str:
    """The document's own words, on ports and with a name that this machine has."""
    found = re.search(r"```nginx\n(.+?)```", DOCUMENT.read_text(), re.DOTALL)
    assert found is not None
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "listen 80": f"listen 127.0.0.1:{free_port()}",
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
        "server_name beffroi.my-town.fr": f"server_name {HOST}",
    }
    text = found[1]
    for documented, here in changes.items():
        assert documented in text
        text = text.replace(documented, here)
    return text


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command)
    until = time.monotonic() + PATIENCE
    try:
        while True:
            assert process.poll() is None, "nginx ended"
            assert time.monotonic() < until, "nginx doesn't answer"
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE):
                break
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def test_the_documented_proxy_passes_everything_on(proxies: Proxies) -> None:
    code, said = proxies.checked(proxies.documented)
    assert (code, said.endswith("All well.")) == (0, True), said


def test_a_bare_one_is_told_what_it_leaves_out(proxies: Proxies) -> None:
    code, said = proxies.checked(proxies.bare)
    assert code == 1
    for words in (
        f"arrives here as 127.0.0.1:{proxies.behind}",
        "proxy_set_header Host",
        "client_max_body_size",
        "X-Forwarded-Proto $scheme",
    ):
        assert words in said
    # It passes on what visitors claim, as nginx does where nothing is written.
    assert "X-Forwarded-For $remote_addr" in said


def test_one_that_believes_visitors_and_holds_streams_back_is_found_out(proxies: Proxies) -> None:
    code, said = proxies.checked(proxies.credulous)
    assert code == 1
    assert "passes on what visitors claim" in said
    assert "arrives at the end only" in said
    assert "arrives here as" not in said


def test_an_address_where_nobody_or_somebody_else_answers_is_said(proxies: Proxies) -> None:
    assert "can’t be asked from this machine itself" in proxies.checked(free_port())[1]
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.listen()
        code, said = proxies.checked(other.getsockname()[1])
        assert code == 1
        assert "can’t be asked" in said
