"""The command line itself: help, settings, mistakes, and what a command does not load."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from beffroi.cli import settings as settings_command
from beffroi.cli.init import slug_of
from beffroi.cli.main import COMMANDS, main
from beffroi.config.environment import settings


def run(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "beffroi", *arguments],
        env={"BEFFROI_HOME": str(home), "PATH": "/usr/bin:/bin"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists_and_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert f"usage: beffroi {command}" in capsys.readouterr().out


def test_help_lists_every_command(tmp_path: Path) -> None:
    shown = run(tmp_path, "--help")
    assert shown.returncode == 0
    assert all(re.search(rf"^ +{command}\b", shown.stdout, re.MULTILINE) for command in COMMANDS)
    assert run(tmp_path, "--version").stdout.startswith("beffroi ")
    assert run(tmp_path).returncode == 2
    assert "invalid choice" in run(tmp_path, "dance").stderr


def test_a_mistyped_setting_is_refused_with_the_right_name(tmp_path: Path) -> None:
    refused = run(tmp_path, "retention", "check", BEFFROI_PROT="8001")
    assert refused.returncode == 2
    assert refused.stderr.startswith("beffroi: BEFFROI_PROT")
    assert "BEFFROI_PORT" in refused.stderr
    assert run(tmp_path, "up", BEFFROI_PORT="many").stderr.startswith("beffroi: BEFFROI_PORT")


def test_a_mistake_in_the_mail_server_s_address_is_said_at_once_and_the_password_never(tmp_path: Path) -> None:
    for command in ("up", "alerter", "worker"):
        refused = run(tmp_path, command, BEFFROI_SMTP_URL="smtp://town:Secret#7@mail.example")
        assert refused.returncode == {"up": 78}.get(command, 2)
        assert refused.stderr.startswith("beffroi: BEFFROI_SMTP_URL")
        assert "%23" in refused.stderr
        assert "Secret" not in refused.stdout + refused.stderr


def test_the_reference_names_every_setting_and_works_in_a_wrong_environment(tmp_path: Path) -> None:
    shown = run(tmp_path, "settings", BEFFROI_PROT="8001")
    assert shown.returncode == 0
    for each in settings():
        assert f"{each.variable}" in shown.stdout
        assert f"| `{each.variable}` |" in settings_command.markdown()


@pytest.mark.parametrize("arguments", [["register", "verify", "--help"], ["settings"], ["broker", "--help"]])
def test_what_needs_no_database_loads_no_django(arguments: list[str], tmp_path: Path) -> None:
    program = (
        "import sys\nfrom beffroi.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "sys.exit('django' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={"BEFFROI_HOME": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_init_says_what_can_not_be_before_it_asks_or_makes_anything(tmp_path: Path) -> None:
    by_numbers = run(tmp_path, "init", "--domain", "192.0.2.7")
    assert (by_numbers.returncode, "an address by numbers" in by_numbers.stderr) == (2, True)
    nobody = run(tmp_path, "init", "--authority-name", "Ville de Meaux", "--admin-email", "claire")
    assert (nobody.returncode, "no e-mail address" in nobody.stderr) == (2, True)
    assert not list(tmp_path.iterdir())


def test_who_reads_only_the_beginning_gets_no_traceback(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "beffroi", "settings"],
        env={"BEFFROI_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Ville de Meaux", "meaux"),
        ("Meaux", "meaux"),
        ("Commune d'Évry-Courcouronnes", "evry-courcouronnes"),
        ("Département des Yvelines", "yvelines"),
        ("L'Haÿ-les-Roses", "l-hay-les-roses"),
    ],
)
def test_a_short_name_comes_from_the_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug
