"""Settings that can't be used: the service ends once and says why, where only time can tell it is tried again."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from beffroi.cli.service import succession
from beffroi.cli.service.install import Plan
from beffroi.cli.service.succession import Installation
from beffroi.config.environment import environment
from tests.cli.test_up import beffroi


def test_settings_that_say_nothing_usable_end_the_service_and_systemd_shows_why(tmp_path: Path) -> None:
    (tmp_path / "settings.env").write_text("BEFFROI_PORT=eight\n", encoding="utf-8")
    (tmp_path / "settings.env").chmod(0o600)
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(address))
        refused = beffroi(tmp_path, "up", NOTIFY_SOCKET=str(address))
        systemd.setblocking(False)
        shown = systemd.recv(4096).decode()
    said = "BEFFROI_PORT is 'eight': a whole number from 1 to 65535 is needed"
    assert (refused.returncode, refused.stderr) == (os.EX_CONFIG, f"beffroi: {said}\n")
    assert shown == f"STATUS={said}"


def test_the_unit_does_not_try_these_again() -> None:
    unit = Plan(Path("/srv/beffroi"), (), Path("/opt/beffroi/current/bin/beffroi")).unit()
    assert f"\nRestartPreventExitStatus={os.EX_CONFIG}\n" in unit


def cannot_be_read(home: Path) -> dict[str, str]:
    (home / "settings.env").mkdir()
    return {}


def not_there_yet(home: Path) -> dict[str, str]:
    return {"BEFFROI_SMS_GATEWAY": str(home / "mounted-later" / "gateway.toml")}


def signed_by_whom(home: Path) -> dict[str, str]:
    return {
        "BEFFROI_OIDC_ISSUER": "https://id.example",
        "BEFFROI_OIDC_CLIENT_ID": "town",
        "BEFFROI_OIDC_CLIENT_SECRET": "a-secret-of-the-town",
        "BEFFROI_OIDC_NAME": "Annuaire",
        "BEFFROI_OIDC_CA": str(home / "mounted-later" / "ca.pem"),
    }


def no_certificate_yet(home: Path) -> dict[str, str]:
    return {
        "BEFFROI_TLS_CERT": str(home / "mounted-later" / "fullchain.pem"),
        "BEFFROI_TLS_KEY": str(home / "mounted-later" / "privkey.pem"),
        "BEFFROI_PUBLIC_URL": "https://beffroi.example",
    }


def no_authority_yet(_home: Path) -> dict[str, str]:
    return {"BEFFROI_LOCAL_CA": "1", "BEFFROI_PUBLIC_URL": "https://beffroi.example"}


@pytest.mark.parametrize("cause", [cannot_be_read, not_there_yet, signed_by_whom, no_certificate_yet, no_authority_yet])
def test_what_may_pass_is_tried_again(tmp_path: Path, cause: Callable[[Path], dict[str, str]]) -> None:
    refused = beffroi(tmp_path, "up", **cause(tmp_path))
    assert refused.returncode == 2, refused.stderr
    assert refused.stderr.startswith("beffroi: ")
    assert refused.stderr.count("\n") == 1, "one line, no traceback"


def test_an_upgrade_s_way_back_has_systemd_start_what_it_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = tmp_path / "called"
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {called}\n', encoding="ascii")
    systemctl.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(succession, "BOOTED", tmp_path / "absent")
    Installation(environment()).revive()
    assert not called.exists(), "no systemd runs"
    monkeypatch.setattr(succession, "BOOTED", tmp_path)
    Installation(environment()).revive()
    assert called.read_text(encoding="ascii") == "start --no-block beffroi\n"
