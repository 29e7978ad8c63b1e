"""BEFFROI_HOME/settings.env: beneath the environment, for nobody else's eyes, and what can be read in two ways is refused."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.config import file
from beffroi.config.environment import PLACES, SettingError, in_force, read
from beffroi.config.environment import settings as known

NAMES = st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True)
VALUES = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029"), max_size=30)


def kept(home: Path, text: str, mode: int = 0o600) -> Path:
    path = file.path_in(home)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_the_environment_comes_before_the_file_be_it_to_nothing(tmp_path: Path) -> None:
    kept(
        tmp_path,
        "# our town\nBEFFROI_PORT=8443\n\nBEFFROI_MAIL_FROM='Ville de Meaux <a@meaux.example>'\n; old\nBEFFROI_LOG_LEVEL=DEBUG\n",
    )
    said = read(in_force({"BEFFROI_HOME": str(tmp_path), "BEFFROI_PORT": "8444", "BEFFROI_LOG_LEVEL": ""}))
    assert (said.port, said.log_level, said.home) == (8444, "INFO", tmp_path)
    assert said.mail_from == "Ville de Meaux <a@meaux.example>"


def test_without_a_file_there_is_the_environment_alone(tmp_path: Path) -> None:
    assert read(in_force({"BEFFROI_HOME": str(tmp_path / "none")})).port == 8000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("BEFFROI_PORT=8000\nBEFFROI_PROT=8001\n", "line 2: BEFFROI_PROT is not a setting of Beffroi. Did you mean BEFFROI_PORT?"),
        ("PATH=/bin\n", "line 1: PATH is not a setting"),
        ("BEFFROI_HOME=/srv\n", "line 1: BEFFROI_HOME is not a setting"),
        ("BEFFROI_PROCESS=web\n", "line 1: BEFFROI_PROCESS is not a setting"),
        ("\nexport BEFFROI_PORT=1\n", "line 2: NAME=value is needed"),
        ("BEFFROI_PORT = 1\n", "line 1: NAME=value is needed"),
        ("BEFFROI_PORT=1\nBEFFROI_PORT=2\n", "line 2: BEFFROI_PORT stands in line 1 already"),
        ("DATABASE_URL=postgresql://u:a$b@h/d\n", "line 1: what DATABASE_URL is needs single quotes"),
        ("DATABASE_URL=a\\\n", "line 1"),
        ("DATABASE_URL='a'b'\n", "line 1"),
        ('DATABASE_URL="a\n', "line 1"),
    ],
)  # fmt: skip
def test_what_is_unknown_or_can_be_read_in_two_ways_is_refused_by_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    kept(tmp_path, text)
    with pytest.raises(SettingError) as refused:
        in_force({"BEFFROI_HOME": str(tmp_path)})
    assert said in str(refused.value)


def test_a_refusal_never_shows_the_value(tmp_path: Path) -> None:
    kept(tmp_path, "DATABASE_URL=postgresql://town:Secret$7@h/d\n")
    with pytest.raises(SettingError) as refused:
        in_force({"BEFFROI_HOME": str(tmp_path)})
    assert "Secret" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o620, 0o602])
def test_a_file_that_others_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = kept(tmp_path, "BEFFROI_PORT=8443\n", mode)
    with pytest.raises(SettingError, match=f"chmod 600 {path}"):
        in_force({"BEFFROI_HOME": str(tmp_path)})


def test_the_machine_s_own_home_is_found_when_none_is_given(tmp_path: Path) -> None:
    pointer = tmp_path / "home"
    assert file.home_of({}, pointer=pointer) == Path(file.BY_DEFAULT).expanduser()
    pointer.write_text("/srv/beffroi\n", encoding="utf-8")
    assert file.home_of({}, pointer=pointer) == Path("/srv/beffroi")
    assert file.home_of({"BEFFROI_HOME": "/elsewhere"}, pointer=pointer) == Path("/elsewhere")


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_what_is_written_is_read_again(values: dict[str, str]) -> None:
    text = file.written(values)
    assert {name: value for name, (_, value) in file.parsed(text).items()} == values
    assert file.written(values, over=text) == text


@given(st.text(max_size=200))
def test_whatever_a_file_holds_is_read_or_refused(text: str) -> None:
    try:
        found = file.parsed(text)
    except SettingError:
        return
    for number, value in found.values():
        assert value in text or "\\" in text
        assert 1 <= number <= text.count("\n") + 1


@settings(max_examples=20)
@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=6))
def test_a_shell_reads_what_is_written_as_we_do(values: dict[str, str]) -> None:
    """The rules of quoting are systemd's and a POSIX shell's at once."""
    reserved = {
        name for name in values if name in os.environ or name in {"PS1", "PS2", "PS4", "IFS", "OPTIND", "PWD", "_"}
    }
    wanted = {name: value for name, value in values.items() if name not in reserved}
    shown = "".join(f"printf '%s\\0' \"${name}\"\n" for name in wanted)
    done = subprocess.run(["/bin/sh"], input=(file.written(wanted) + shown).encode(), capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == list(wanted.values())


def test_saving_keeps_what_the_officer_wrote_and_the_rights(tmp_path: Path) -> None:
    path = kept(tmp_path, "# ours\nBEFFROI_PORT=8443  \n\nBEFFROI_MAIL_FROM=a@b.example\n")
    file.save(path, {"BEFFROI_PORT": "8443", "BEFFROI_MAIL_FROM": "c@b.example", "BEFFROI_BIND": "::1"})
    assert path.read_text() == "# ours\nBEFFROI_PORT=8443  \n\nBEFFROI_MAIL_FROM=c@b.example\nBEFFROI_BIND=::1\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_command_reads_it_and_says_where_it_is_wrong(tmp_path: Path) -> None:
    def asked() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "beffroi", "doctor", "--settings"],
            env={"BEFFROI_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    kept(tmp_path, "BEFFROI_PORT=8765\n")
    assert "BEFFROI_PORT                 8765" in asked().stdout
    kept(tmp_path, "BEFFROI_PORT=8765\nBEFFROI_PROT=1\n")
    refused = asked()
    assert refused.returncode == 2
    assert f"{file.path_in(tmp_path)}, line 2: BEFFROI_PROT" in " ".join(refused.stdout.split())


def test_a_file_that_a_setting_names_lies_in_the_home_unless_it_begins_with_a_slash(tmp_path: Path) -> None:
    """So a backup holds it, and a home that was restored elsewhere finds it."""
    kept(tmp_path, "BEFFROI_TLS_CERT=tls/town.pem\nBEFFROI_TLS_KEY=/etc/ssl/town.key\nBEFFROI_BACKUP_FOLDER=kept\n")
    said = read(in_force({"BEFFROI_HOME": str(tmp_path), "BEFFROI_PUBLIC_URL": "https://town.example"}))
    assert said.tls is not None
    assert (said.tls.certificate, said.tls.key) == (tmp_path / "tls/town.pem", Path("/etc/ssl/town.key"))
    assert said.backups.folder == tmp_path / "kept"


def test_every_setting_that_names_a_file_is_one_of_them() -> None:
    named = re.compile(r"(JSON |PEM )?([Ff]ile|Folder)\b")
    told = {setting.variable for setting in known() if named.match(setting.description)}
    assert told - {"BEFFROI_HOME"} == PLACES
