"""`beffroi init --local-ca` as an officer types it: what it writes, what it says, what it does when it is run again."""

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from beffroi.adapters.tls.local import LocalAuthority, fingerprint
from beffroi.cli import https
from beffroi.cli.errors import CommandError
from beffroi.config import file
from beffroi.config.environment import Environment, in_force, read

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOST = "beffroi.meaux.example"


def typed(home: Path, *words: str, **variables: str) -> tuple[str, Environment]:
    """What it says, and the settings that are in force afterwards."""
    given = {"BEFFROI_HOME": str(home), **variables}
    parser = argparse.ArgumentParser()
    https.add_arguments(parser)
    args = parser.parse_args(words)
    https.settle(args, read(in_force(given)), in_force(given))
    settings = read(in_force(given))
    return https.begin(args, settings, NOW), settings


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """One whose address was given."""
    file.save(file.path_in(tmp_path), {"BEFFROI_PUBLIC_URL": f"https://{HOST}"})
    return tmp_path


def test_it_is_made_said_and_served_at_the_usual_ports(home: Path) -> None:
    said, settings = typed(home, "--local-ca")
    assert (settings.port, settings.bind, settings.https.plain_port) == (443, "0.0.0.0", 80)  # noqa: S104 - as a town has it
    assert settings.https.local_ca
    authority = LocalAuthority(home / "keys")
    assert authority.domains() == (HOST,)
    assert f"http://{HOST}/trust/" in said
    assert re.sub(r"\s+", " ", said).endswith(f"(SHA-256): {fingerprint(authority.root())} ")
    https.refuse_unusable(settings)


def test_nobody_who_does_not_ask_has_one(home: Path) -> None:
    said, settings = typed(home)
    assert (said, settings.tls, settings.port) == ("", None, 8000)


def test_ports_that_are_set_stay(home: Path) -> None:
    file.save(file.path_in(home), {"BEFFROI_PUBLIC_URL": f"https://{HOST}:8443", "BEFFROI_BIND": "10.0.0.4"})
    said, settings = typed(home, "--local-ca")
    assert (settings.port, settings.bind, settings.https.plain_port) == (8443, "10.0.0.4", 8080)
    assert f"http://{HOST}:8080/trust/" in said


def test_run_again_it_changes_nothing(home: Path) -> None:
    typed(home, "--local-ca")
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    said, _settings = typed(home, "--local-ca", "--local-ca-name", f"chelles.{HOST}")
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    assert "is there" in said
    assert "told again" not in said


def test_another_domain_makes_another_and_says_what_that_costs(home: Path) -> None:
    typed(home, "--local-ca")
    before = fingerprint(LocalAuthority(home / "keys").root())
    said, _settings = typed(home, "--local-ca", "--local-ca-name", "www.chelles.example")
    authority = LocalAuthority(home / "keys")
    assert authority.domains() == (HOST, "www.chelles.example")
    assert fingerprint(authority.root()) != before
    assert "has to be told again" in said


@pytest.mark.parametrize(
    ("words", "variables", "refusal"),
    [
        (["--local-ca-name", "a.example"], {}, "give --local-ca too"),
        (["--local-ca"], {"BEFFROI_PUBLIC_URL": "http://localhost:8000"}, "--domain"),
        (["--local-ca"], {"BEFFROI_PUBLIC_URL": "https://localhost"}, "--domain"),
        (["--local-ca"], {"BEFFROI_TLS_CERT": "/a.pem", "BEFFROI_TLS_KEY": "/b.pem"}, "BEFFROI_TLS_CERT"),
        (["--local-ca", "--local-ca-name", "10.0.0.1"], {}, "numbers"),
        (["--local-ca", "--local-ca-name", "half"], {}, "half a name"),
    ],
)
def test_what_can_not_be_is_refused(home: Path, words: list[str], variables: dict[str, str], refusal: str) -> None:
    with pytest.raises(CommandError, match=refusal):
        typed(home, *words, **variables)
