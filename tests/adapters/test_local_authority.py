"""The town's own authority: what it certifies, what it can't, how long, and that what is stolen from it is of no use elsewhere."""

import plistlib
import stat
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from beffroi.adapters.tls import trust
from beffroi.adapters.tls.context import context_of
from beffroi.adapters.tls.errors import LocalAuthorityError
from beffroi.adapters.tls.judging import in_time, names_of, remarks_on
from beffroi.adapters.tls.local import LocalAuthority, fingerprint, within
from beffroi.adapters.tls.pair import read_pair
from beffroi.lib.clock import utc_now
from tests.certifying import Certified

HOST = "beffroi.meaux.example"


@pytest.fixture
def authority(tmp_path: Path) -> LocalAuthority:
    made = LocalAuthority(tmp_path / "keys")
    assert not made.exists
    made.make([HOST, "meaux.example"], utc_now())
    return made


def verified(authority: LocalAuthority, chain: Path, host: str) -> str:
    """What OpenSSL says of a chain, which is not the library that made it; empty when all is well."""
    done = subprocess.run(
        [
            *("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", host),
            *("-CAfile", str(authority.folder / "root.pem"), "-untrusted", str(chain), str(chain)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr


def test_it_certifies_the_servers_names(authority: LocalAuthority) -> None:
    now = utc_now()
    assert authority.keep([HOST, "www.meaux.example", "elsewhere.example"], now)
    pair = read_pair(authority.files)
    assert set(names_of(pair.own)) == {HOST, "www.meaux.example"}
    assert remarks_on(pair, [HOST], now, (authority.root(),)) == ()
    assert verified(authority, authority.files.certificate, HOST) == ""
    assert verified(authority, authority.files.certificate, "www.meaux.example") == ""
    assert "hostname mismatch" in verified(authority, authority.files.certificate, "elsewhere.example")
    context_of(authority.files)
    life = pair.own.not_valid_after_utc - pair.own.not_valid_before_utc
    assert life <= timedelta(days=398)


def test_whoever_steals_its_key_certifies_nothing_else(authority: LocalAuthority, tmp_path: Path) -> None:
    """The root's key is nowhere; with the key that is there, a bank's name is refused by whoever trusts this town."""
    keys = [path for path in authority.folder.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert {path.name for path in keys} == {"issuing.key"}
    issuing = x509.load_pem_x509_certificate((authority.folder / "issuing.pem").read_bytes())
    held = serialization.load_pem_private_key((authority.folder / "issuing.key").read_bytes(), None)
    assert isinstance(held, ec.EllipticCurvePrivateKey)
    thief = Certified(issuing, held, Certified(authority.root(), held))
    for host in ("bank.example", "meaux.example.evil.example", "notmeaux.example"):
        forged = thief.certify("x", [host]).written(tmp_path / host).certificate
        assert "permitted subtree violation" in verified(authority, forged, host)
    honest = thief.certify("x", [HOST]).written(tmp_path / "honest").certificate
    assert "permitted subtree" not in verified(authority, honest, HOST)


def test_no_address_by_numbers_is_ever_certified(authority: LocalAuthority) -> None:
    for path in ("root.pem", "issuing.pem"):
        made = x509.load_pem_x509_certificate((authority.folder / path).read_bytes())
        held = made.extensions.get_extension_for_class(x509.NameConstraints)
        assert held.critical
        assert {str(each.value) for each in held.value.excluded_subtrees or ()} == {"0.0.0.0/0", "::/0"}


def test_it_makes_one_anew_before_its_end_and_for_another_domain(authority: LocalAuthority) -> None:
    now = utc_now()
    assert authority.keep([HOST], now)
    first = authority.files.certificate.read_bytes()
    assert not authority.keep([HOST], now + timedelta(days=330))
    assert authority.keep([HOST, "chelles.meaux.example"], now)
    assert authority.files.certificate.read_bytes() != first
    later = now + timedelta(days=340)
    assert authority.keep([HOST, "chelles.meaux.example"], later)
    assert in_time(read_pair(authority.files).own, later) == ()


def test_near_its_own_end_it_is_not_busy_for_nothing(authority: LocalAuthority) -> None:
    late = utc_now() + timedelta(days=10 * 365 - 30)
    assert authority.keep([HOST], late)
    assert not authority.keep([HOST], late)


def test_none_of_our_names_is_its_own(authority: LocalAuthority) -> None:
    with pytest.raises(LocalAuthorityError, match="good for beffroi"):
        authority.keep(["elsewhere.example"], utc_now())


def test_another_takes_its_place(authority: LocalAuthority) -> None:
    authority.keep([HOST], utc_now())
    before = fingerprint(authority.root())
    authority.make(["chelles.example"], utc_now())
    assert fingerprint(authority.root()) != before
    assert authority.domains() == ("chelles.example",)
    assert authority.keep(["chelles.example", HOST], utc_now())
    assert verified(authority, authority.files.certificate, "chelles.example") == ""


def test_its_files_are_for_us_alone(authority: LocalAuthority) -> None:
    authority.keep([HOST], utc_now())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in authority.folder.iterdir() if path.name != "lock"}
    assert modes == dict.fromkeys(("issuing.key", "issuing.pem", "root.pem", "server.pem"), 0o600)
    assert stat.S_IMODE(authority.folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["issuing.key", "issuing.pem"])
@pytest.mark.parametrize("harm", [b"", b"hello", None])
def test_a_file_that_is_gone_or_spoilt_is_named(authority: LocalAuthority, name: str, harm: bytes | None) -> None:
    path = authority.folder / name
    if harm is None:
        path.unlink()
    else:
        path.write_bytes(harm)
    with pytest.raises(LocalAuthorityError, match=name):
        authority.keep([HOST], utc_now())


@pytest.mark.parametrize(
    ("host", "domain", "inside"),
    [
        ("meaux.example", "meaux.example", True),
        ("WWW.meaux.example", "Meaux.example", True),
        ("notmeaux.example", "meaux.example", False),
        ("example", "meaux.example", False),
    ],
)
def test_what_is_below_a_domain(host: str, domain: str, inside: bool) -> None:
    assert within(host, domain) is inside


def test_people_compare_what_openssl_computes(authority: LocalAuthority, tmp_path: Path) -> None:
    (tmp_path / "root.crt").write_bytes(trust.der(authority.root()))
    asked = ["openssl", "x509", "-inform", "DER", "-in", str(tmp_path / "root.crt"), "-noout", "-fingerprint"]
    told = subprocess.run([*asked, "-sha256"], capture_output=True, text=True, check=True).stdout
    assert told.partition("=")[2].strip().replace(":", " ") == fingerprint(authority.root())


def test_an_iphone_is_given_the_root_and_nothing_else(authority: LocalAuthority) -> None:
    told = plistlib.loads(trust.profile(authority.root()))
    (payload,) = told["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.root"
    held = x509.load_der_x509_certificate(payload["PayloadContent"])
    assert held.fingerprint(hashes.SHA256()) == authority.root().fingerprint(hashes.SHA256())
    assert trust.profile(authority.root()) == trust.profile(authority.root())  # put in again, it replaces itself
