"""How a relay starts, or doesn't; and the picture over HTTPS."""

import socket
import ssl
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.x509.oid import NameOID

from beffroi.edge.device import commissioning, home
from beffroi.edge.relay.__main__ import parser, plan
from beffroi.edge.relay.relay import KIND
from beffroi.simulator.screen import IN_ORDER
from tests.edge.relay.site import ORIGIN, Cameras, Site
from tests.edge.relay.watching import decoded
from tests.edge.server import Broker
from tests.edge.street import PATIENCE, Process
from tests.edge.town import NOW, RELAY, Town

LISTEN = ("--listen", "127.0.0.1:0", "--origin", ORIGIN)


def refused_start(*arguments: str) -> str:
    process = Process(*arguments, program="beffroi.edge.relay")
    try:
        assert process.wait() == 2
        return "".join(process.lines)
    finally:
        process.end()


def test_it_says_why_it_does_not_start(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "relay"
    assert "relay: not-commissioned:" in refused_start("--home", str(folder), *LISTEN)
    request = home.request(folder, KIND, RELAY)
    document = folder / commissioning.FILE
    lock = home.request(tmp_path / "lock", "lock", RELAY)
    town.commission(lock, document)
    assert "relay: device-other:" in refused_start("--home", str(folder), *LISTEN), "a lock's document"
    town.commission(request, document)
    assert "--origin" in refused_start("--home", str(folder), "--listen", "127.0.0.1:0")
    assert "an origin is needed" in refused_start("--home", str(folder), *LISTEN, "--origin", "https://a.example/path")
    for pause in (
        "1",
        "nan",
        "3601",
        "soon",
    ):  # the camera is asked again within two seconds, or as seldom as the town wants
        assert "2 to 3600 seconds" in refused_start("--home", str(folder), *LISTEN, "--refused-seconds", pause)
    assert plan(parser().parse_args(["--home", str(folder), *LISTEN, "--refused-seconds", "60"])).pace.refused == 60.0
    nowhere = ("--certificate", str(tmp_path / "none.pem"))
    assert "relay: tls-certificate:" in refused_start("--home", str(folder), *LISTEN, *nowhere)


def test_two_of_the_same_folder_do_not_run_at_once(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "relay"
    town.commission(home.request(folder, KIND, RELAY), folder / commissioning.FILE)
    first = Process("--home", str(folder), *LISTEN, program="beffroi.edge.relay")
    try:
        first.wait_for("watch on")
        assert "relay: store-busy:" in refused_start("--home", str(folder), *LISTEN)
        assert first.stop() == 0
    finally:
        first.end()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for this machine and its key, in one file, as a proxy or an authority would give it."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relais")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "relay.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_over_https_the_picture_comes_and_is_cut_as_well(
    town: Town, tmp_path: Path, broker: Broker, cameras: Cameras, certificate: Path
) -> None:
    options = ("--clock", "hands", "--certificate", str(certificate))
    trusted = ssl.create_default_context(cafile=str(certificate))
    with Site.build(town, tmp_path / "relay", broker, cameras, *options) as site:
        site.trusted = trusted
        with site.watch(officer=site.officer(end=NOW + 60), frames=30) as look:
            assert len(decoded(look.picture.film)) >= 25
            site.hands.do("advance", milliseconds=60_000)
            picture = look.rest()
        assert (picture.cause, picture.ended) == ("expired", IN_ORDER)


def test_whoever_never_agrees_on_a_key_is_one_of_those_who_give_way(
    town: Town, tmp_path: Path, broker: Broker, cameras: Cameras, certificate: Path
) -> None:
    """Long before the time for it is over, and whoever watches goes on."""
    bounds = ("--connections", "8", "--request-seconds", "3600")
    options = ("--clock", "hands", "--certificate", str(certificate), *bounds)
    with Site.build(town, tmp_path / "relay", broker, cameras, *options) as site, ExitStack() as stack:
        site.trusted = ssl.create_default_context(cafile=str(certificate))
        look = stack.enter_context(site.watch())
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE)) for _ in range(30)
        ]
        with suppress(ConnectionResetError):
            assert silent[0].recv(1) == b""
        seen = look.picture.frames
        look.until(lambda picture: picture.frames > seen + 10)
        with site.watch():
            pass
