"""A certificate and its key as people bring them: what is refused, what is remarked, what is served while it changes."""

import os
import socket
import ssl
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from beffroi.adapters.tls.context import Renewed, context_of
from beffroi.adapters.tls.errors import Fault, PairError
from beffroi.adapters.tls.files import Files
from beffroi.adapters.tls.judging import Concern, remarks_on, stands_for, trusted_here
from beffroi.adapters.tls.pair import Pair, read_pair
from beffroi.lib.clock import utc_now
from tests.certifying import Certified, Key, certified, pem_of

HOST = "beffroi.meaux.example"


@pytest.fixture(scope="module")
def root() -> Certified:
    return certified("Autorité de test")


@pytest.fixture(scope="module")
def between(root: Certified) -> Certified:
    return root.certify("Autorité d'en dessous")


def refused(files: Files) -> PairError:
    with pytest.raises(PairError) as caught:
        read_pair(files, {})
    return caught.value


def test_a_chain_and_its_key_are_read(between: Certified, tmp_path: Path) -> None:
    server = between.certify(HOST, [HOST])
    pair = read_pair(server.written(tmp_path), {})
    assert pair.own == server.certificate
    assert pair.chain == (server.certificate, between.certificate)


def test_one_file_may_hold_both(between: Certified, tmp_path: Path) -> None:
    server = between.certify(HOST, [HOST])
    files = server.written(tmp_path, key=pem_of(server.key) + server.chain())
    assert read_pair(Files(files.key, files.key), {}).own == server.certificate
    context_of(Files(files.key, files.key))


def test_what_cannot_be_served_is_refused_with_what_to_do(between: Certified, tmp_path: Path) -> None:
    server, other = between.certify(HOST, [HOST]), between.certify("other", ["other.example"])
    files = server.written(tmp_path)
    cases = [
        (Fault.UNREADABLE, Files(tmp_path / "absent.pem", files.key), "absent.pem"),
        (Fault.UNREADABLE, Files(tmp_path, files.key), "can't be read"),
        (Fault.NO_CERTIFICATE, server.written(tmp_path / "a", chain=b"hello"), "BEGIN CERTIFICATE"),
        (Fault.NO_CERTIFICATE, server.written(tmp_path / "b", chain=server.pem * 11), "11 certificates"),
        (Fault.NO_KEY, server.written(tmp_path / "c", key=b"hello"), "private key"),
        (Fault.NO_KEY, server.written(tmp_path / "d", key=server.pem), "private key"),
        (Fault.LOCKED, server.written(tmp_path / "e", key=pem_of(server.key, b"word")), "passphrase"),
        (Fault.MISMATCH, server.written(tmp_path / "f", key=pem_of(other.key)), "as they came together"),
        (Fault.ORDER, server.written(tmp_path / "g", chain=between.pem + server.pem), "before those"),
        (Fault.UNREADABLE, server.written(tmp_path / "h", chain=b"\n" * 1_000_001), "bytes"),
    ]
    for fault, given_files, words in cases:
        error = refused(given_files)
        assert (error.fault, words in str(error)) == (fault, True), str(error)


def test_keys_that_no_browser_takes_are_refused(between: Certified, tmp_path: Path) -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - what must be refused
    keys: list[Key] = [short, Ed25519PrivateKey.generate()]
    for number, key in enumerate(keys):
        assert refused(between.certify(HOST, [HOST], key=key).written(tmp_path / str(number))).fault is Fault.WEAK


def test_a_key_that_others_read_is_refused(between: Certified, tmp_path: Path) -> None:
    files = between.certify(HOST, [HOST]).written(tmp_path)
    for mode in (0o644, 0o604, 0o660, 0o620):
        files.key.chmod(mode)
        assert "chmod 600" in str(refused(files)), oct(mode)
    files.key.chmod(0o400)
    read_pair(files, {})


def test_a_key_of_roots_may_be_its_groups_as_debian_has_it(between: Certified, tmp_path: Path) -> None:
    files = between.certify(HOST, [HOST]).written(tmp_path)
    files.key.chmod(0o640)
    if os.geteuid() == 0:
        read_pair(files, {})
        os.chown(files.key, 65534, 65534)
    assert refused(files).fault is Fault.EXPOSED


def test_a_credential_of_systemd_is_kept_by_other_means(between: Certified, tmp_path: Path) -> None:
    files = between.certify(HOST, [HOST]).written(tmp_path)
    files.key.chmod(0o444)
    read_pair(files, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    with pytest.raises(PairError):
        read_pair(files, {"CREDENTIALS_DIRECTORY": str(tmp_path / "other")})


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode), st.integers(0, 1))
def test_whatever_a_file_holds_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, which: int
) -> None:
    folder = tmp_path_factory.mktemp("junk")
    begun = [b"-----BEGIN CERTIFICATE-----\n", b"-----BEGIN PRIVATE KEY-----\n"][which] + junk
    files = Files(folder / "a", folder / "b")
    files.key.touch(mode=0o600)
    files.certificate.write_bytes(begun)
    files.key.write_bytes(begun)
    with pytest.raises(PairError):
        read_pair(files, {})


def remarks(
    server: Certified, *names: str, days: float = 0, roots: tuple[Certified, ...] = ()
) -> list[tuple[Concern, str]]:
    chain = [server.certificate]
    above = server.above
    while above is not None and above.above is not None:
        chain.append(above.certificate)
        above = above.above
    now = utc_now() + timedelta(days=days)
    found = remarks_on(Pair(tuple(chain)), names, now, tuple(each.certificate for each in roots))
    return [(each.concern, each.about) for each in found]


def test_its_end_is_said_21_days_and_7_days_before(root: Certified) -> None:
    server = root.certify(HOST, [HOST], life=timedelta(days=90))
    days = (-1, 0, 68.5, 69.5, 82.5, 83.5, 89.5, 90.5)
    assert {day: remarks(server, HOST, days=day, roots=(root,)) for day in days} == {
        -1: [(Concern.NOT_YET, "")],
        0: [],
        68.5: [],
        69.5: [(Concern.SOON, "")],
        82.5: [(Concern.SOON, "")],
        83.5: [(Concern.VERY_SOON, "")],
        89.5: [(Concern.VERY_SOON, "")],
        90.5: [(Concern.ENDED, "")],
    }


def test_one_of_few_days_is_renewed_late_and_nobody_is_warned_of_that(root: Certified) -> None:
    """Whoever has one of 45 days renews it 15 days before its end."""
    server = root.certify(HOST, [HOST], life=timedelta(days=45))
    assert remarks(server, HOST, days=31, roots=(root,)) == []
    assert remarks(server, HOST, days=35, roots=(root,)) == [(Concern.SOON, "")]


def test_a_name_that_it_does_not_stand_for_is_said(root: Certified) -> None:
    server = root.certify(HOST, [HOST, "*.meaux.example"])
    assert remarks(server, HOST, "www.meaux.example", "a.b.meaux.example", "meaux.example", roots=(root,)) == [
        (Concern.NAME, "a.b.meaux.example"),
        (Concern.NAME, "meaux.example"),
    ]


@pytest.mark.parametrize(
    ("held", "asked", "fits"),
    [
        ("Beffroi.Example", "beffroi.example", True),
        ("beffroi.example", "BEFFROI.example.", True),
        ("*.example", "beffroi.example", False),  # a star that would stand for a whole country
        ("b*.meaux.example", "beffroi.meaux.example", False),
        ("*.meaux.example", ".meaux.example", False),
        ("127.0.0.1", "127.0.0.1", False),  # as a host name: no browser takes it for the address
    ],
)
def test_what_a_certificate_stands_for(root: Certified, held: str, asked: str, fits: bool) -> None:
    assert stands_for(root.certify("x", [held]).certificate, asked) is fits


def test_a_chain_that_is_cut_is_said(root: Certified, between: Certified) -> None:
    server = between.certify(HOST, [HOST])
    assert remarks(server, HOST, roots=(root,)) == []
    alone = Certified(server.certificate, server.key)
    assert remarks(alone, HOST, roots=(root,)) == [(Concern.INCOMPLETE, "Autorité d'en dessous")]
    assert remarks(alone, HOST) == []  # a machine that trusts nobody can't tell
    assert remarks(certified(HOST, [HOST]), HOST, roots=(root,)) == [(Concern.SELF_SIGNED, "")]
    namesake = certified("Autorité de test")
    assert remarks(root.certify(HOST, [HOST]), HOST, roots=(namesake,)) == [(Concern.INCOMPLETE, "Autorité de test")]


def test_this_machine_says_whom_it_trusts() -> None:
    assert len(trusted_here()) > 50


class Line:
    """A server and one conversation with it at a time, without a network."""

    def __init__(self, renewed: Renewed, root: Certified) -> None:
        self.renewed = renewed
        self.trusting = ssl.create_default_context(cadata=root.pem.decode())

    def serial(self, host: str | None = HOST) -> int:
        ours, theirs = socket.socketpair()
        self.trusting.check_hostname = host is not None
        served: list[BaseException] = []

        def serve() -> None:
            try:
                with self.renewed.context.wrap_socket(theirs, server_side=True) as line:
                    line.unwrap()
            except OSError as error:
                served.append(error)

        thread = threading.Thread(target=serve)
        thread.start()
        with self.trusting.wrap_socket(ours, server_hostname=host) as line:
            assert (line.version(), line.selected_alpn_protocol()) == ("TLSv1.3", None)
            told = line.getpeercert()
            assert told is not None
            number = int(str(told["serialNumber"]), 16)
            line.unwrap().close()
        thread.join()
        assert not served
        return number


def test_a_certificate_that_is_renewed_is_served_from_then_on(
    between: Certified, root: Certified, tmp_path: Path
) -> None:
    first, second = between.certify(HOST, [HOST]), between.certify(HOST, [HOST])
    said: list[str] = []
    files = first.written(tmp_path)
    line = Line(Renewed(files, said.append), root)
    assert line.serial() == line.serial(None) == first.certificate.serial_number
    assert not line.renewed.look()
    files.certificate.write_bytes(second.chain())  # half of it: the key follows
    assert not line.renewed.look()
    assert line.serial() == first.certificate.serial_number
    assert "can't be used" in said[-1]
    files.key.write_bytes(pem_of(second.key))
    assert line.renewed.look()
    assert line.serial() == line.serial(None) == second.certificate.serial_number
    files.key.unlink()
    assert not line.renewed.look()
    assert not line.renewed.look()  # said once
    assert line.serial() == second.certificate.serial_number
    assert len(said) == 3


def test_old_ways_of_speaking_are_refused(between: Certified, tmp_path: Path) -> None:
    context = context_of(between.certify(HOST, [HOST]).written(tmp_path))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    offered = {str(each["name"]) for each in context.get_ciphers()}
    assert offered
    assert all(name.startswith(("TLS_", "ECDHE-")) and ("GCM" in name or "CHACHA20" in name) for name in offered)
