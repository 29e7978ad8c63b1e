"""A real OpenLDAP (Debian's slapd) with a small town hall in it, for tests: own folder, own ports, TLS by an authority of its own."""

import datetime as dt
import ipaddress
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from beffroi.adapters.directory import asking
from beffroi.adapters.directory.entries import Entry
from beffroi.adapters.directory.place import Kind, Place
from beffroi.adapters.process.places import free_port
from beffroi.lib.clock import utc_now
from tests import memory

MISSING: Final = (
    "OpenLDAP is not installed: apt install gcc python3-dev libldap2-dev libsasl2-dev slapd, then scripts/setup"
)
ldap: Any = pytest.importorskip("ldap", reason=MISSING)
modlist: Any = pytest.importorskip("ldap.modlist", reason=MISSING)
SLAPD: Final = shutil.which("slapd") or "/usr/sbin/slapd"
if not Path(SLAPD).exists():
    pytest.skip(MISSING, allow_module_level=True)
BASE: Final = "dc=town,dc=example"
PEOPLE: Final = f"ou=people,{BASE}"
GROUPS: Final = f"ou=groups,{BASE}"
READER: Final = f"cn=reader,{BASE}"
POLICY: Final = f"cn=policy,{BASE}"
# After so many wrong passwords within half an hour an account is locked, as Active Directory does.
LOCKED_AT: Final = 5
READER_PASSWORD: Final = "may read, and no more"
PASSWORD: Final = "belfry-of-the-directory"
PATIENCE: Final = 120

CONFIGURATION: Final = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb.la
moduleload memberof.la
moduleload ppolicy.la
pidfile {folder}/slapd.pid
sizelimit size.soft=100000 size.hard=100000
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix "{base}"
rootdn "cn=root,{base}"
rootpw {password}
directory {folder}/data
maxsize 67108864
index objectClass eq
overlay memberof
overlay ppolicy
ppolicy_default "{policy}"
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by * none
"""


@dataclass(slots=True)
class Directory:
    """A running slapd, which its own root writes to."""

    folder: Path
    clear: int = field(default_factory=free_port)
    tls: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def place(self, url: str = "", **changed: Any) -> Place:
        """Where it is, as settings would say; by TLS from the first byte unless another address is given."""
        told: dict[str, Any] = {
            "urls": (url or f"ldaps://127.0.0.1:{self.tls}",),
            "kind": Kind.OPENLDAP,
            "base": BASE,
            "group_base": GROUPS,
            "bind_dn": READER,
            "bind_password": READER_PASSWORD,
            "ca": self.ca,
        }
        return Place(**(told | changed))

    def start(self) -> None:
        urls = f"ldap://127.0.0.1:{self.clear} ldaps://127.0.0.1:{self.tls}"
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [SLAPD, "-f", str(self.folder / "slapd.conf"), "-h", urls, "-d", "0"], stdout=log, stderr=log
            )
        end = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=PATIENCE)
        while True:
            try:
                with self._root():
                    return
            except ldap.SERVER_DOWN:
                if self.process.poll() is not None or dt.datetime.now(dt.UTC) > end:
                    raise AssertionError((self.folder / "log").read_text()) from None

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait(PATIENCE)
            self.process = None

    def freeze(self) -> None:
        """It takes connections and says nothing more, as a server does whose disk is stuck."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def add(self, dn: str, **attributes: str | list[str]) -> None:
        given = {name: [each.encode() for each in _many(value)] for name, value in attributes.items()}
        with self._root() as connection:
            connection.add_s(dn, modlist.addModlist(given))

    def replace(self, dn: str, **attributes: str | list[str]) -> None:
        changes = [
            (ldap.MOD_REPLACE, name, [each.encode() for each in _many(value)] or None)
            for name, value in attributes.items()
        ]
        with self._root() as connection:
            connection.modify_s(dn, changes)

    def remove(self, dn: str) -> None:
        with self._root() as connection:
            connection.delete_s(dn)

    def hire(self, uid: str, name: str, *, password: str = PASSWORD, **more: str | list[str]) -> str:
        """Somebody new, with their DN."""
        dn = f"uid={uid},{PEOPLE}"
        told: dict[str, str | list[str]] = {
            "objectClass": ["inetOrgPerson", "posixAccount", "shadowAccount"],
            "uid": uid,
            "cn": name,
            "sn": name.rsplit(maxsplit=1)[-1],
            "uidNumber": "1000",
            "gidNumber": "1000",
            "homeDirectory": "/nowhere",
            "userPassword": password,
            "mail": f"{uid}@town.example",
        }
        given = {attribute: value for attribute, value in (told | more).items() if value}
        self.add(dn, **given)
        return dn

    def gather(self, name: str, *members: str) -> str:
        """A group with these in it (people and groups), with its DN."""
        dn = f"cn={name},{GROUPS}"
        self.add(dn, objectClass="groupOfNames", cn=name, member=list(members) or [READER])
        return dn

    def wrong_tries(self, dn: str) -> int:
        """How many wrong passwords it counted; as many as lock the account when it is locked."""
        with self._root() as connection:
            ((_dn, values),) = connection.search_s(
                dn, ldap.SCOPE_BASE, attrlist=["pwdFailureTime", "pwdAccountLockedTime"]
            )
        return LOCKED_AT if "pwdAccountLockedTime" in values else len(values.get("pwdFailureTime", []))

    def empty(self) -> None:
        """Nobody and no group, as at first: one server serves many tests."""
        with self._root() as connection:
            for base in (PEOPLE, GROUPS):
                for dn, _values in connection.search_s(base, ldap.SCOPE_ONELEVEL, attrlist=["1.1"]):
                    connection.delete_s(dn)

    @contextmanager
    def _root(self) -> Iterator[Any]:
        connection = ldap.initialize(f"ldap://127.0.0.1:{self.clear}", bytes_mode=False)
        connection.simple_bind_s(f"cn=root,{BASE}", PASSWORD)
        try:
            yield connection
        finally:
            connection.unbind_s()


@contextmanager
def directory() -> Iterator[Directory]:
    """One that runs, empty but for the account that reads."""
    folder = memory.folder("beffroi-slapd-")
    made = Directory(folder)
    try:
        (folder / "data").mkdir()
        certify(folder)
        told = CONFIGURATION.format(folder=folder, base=BASE, reader=READER, policy=POLICY, password=PASSWORD)
        (folder / "slapd.conf").write_text(told)
        made.start()
        made.add(BASE, objectClass=["organization", "dcObject"], o="Town", dc="town")
        made.add(PEOPLE, objectClass="organizationalUnit", ou="people")
        made.add(GROUPS, objectClass="organizationalUnit", ou="groups")
        reader = ["organizationalRole", "simpleSecurityObject"]
        made.add(
            POLICY,
            objectClass=["organizationalRole", "pwdPolicy"],
            cn="policy",
            pwdAttribute="userPassword",
            pwdLockout="TRUE",
            pwdMaxFailure=str(LOCKED_AT),
            pwdFailureCountInterval="1800",
        )
        made.add(READER, objectClass=reader, cn="reader", userPassword=READER_PASSWORD)
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


def proven(place: Place, typed: str, password: str) -> Entry | None:
    """Whoever is called so, when that is their password."""
    entry = asking.called(place, typed=typed, now=utc_now())
    return entry if asking.is_theirs(place, entry, password) else None


def certify(folder: Path, *, host: str = "127.0.0.1") -> None:
    """An authority (`ca.pem`) and the certificate of a server that it signed."""
    root, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _builder("Town authority").public_key(root.public_key())
    authority = authority.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    authority = authority.add_extension(usage, critical=True)
    leaf = _builder(host).public_key(server.public_key())
    leaf = leaf.add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
    for name, builder in (("ca", authority), ("server", leaf)):
        pem = builder.sign(root, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        (folder / f"{name}.pem").write_bytes(pem)
    plain = serialization.NoEncryption()
    pem = server.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "server.key").write_bytes(pem)


def _builder(subject: str) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Town authority")]))
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
