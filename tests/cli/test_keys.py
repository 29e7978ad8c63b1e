"""`beffroi keys`: a root on paper is read back as it is typed, a slip is found in its group, and keys take turns under a root."""

import functools
import html
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from beffroi.adapters.keystore import write_private
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.cli.keysets import KeysError, rotate
from beffroi.kernel.devices.actions.intake import note_asked
from beffroi.kernel.devices.factories import Town, in_service, town
from beffroi.kernel.grants.queries import read_keyset
from beffroi.lib.clock import utc_now
from beffroi.lib.typed import GROUPS

Beffroi = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def here(own_database: ConnectionInfo, tmp_path: Path) -> Town:
    made = town(tmp_path / "keys", now=utc_now(), name="Ville de Meaux")
    write_private(tmp_path / "root.jwk", made.root)
    return made


@pytest.fixture
def beffroi(own_database: ConnectionInfo, tmp_path: Path) -> Beffroi:
    """`beffroi keys ARGUMENTS`, with what is typed."""
    where = {"BEFFROI_HOME": str(tmp_path), "DATABASE_URL": own_database.app_url, "BEFFROI_DATABASE_OWNER_URL": ""}

    def run(*arguments: str | Path, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "beffroi", "keys", *map(str, arguments)],
            env=os.environ | where,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def printed(page: str) -> list[str]:
    """The groups, as one reads them on the paper."""
    return [html.unescape(group) for group in re.findall(r"<code>(.*?)</code>", page)]


def test_a_root_on_paper_is_read_back_and_signs(here: Town, beffroi: Beffroi, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = beffroi("paper", tmp_path / "root.jwk", "--out", page)
    assert done.returncode == 0, done.stderr
    assert page.stat().st_mode & 0o077 == 0
    text = page.read_text()
    groups = printed(text)
    assert len(groups) == GROUPS
    assert "Racine 1 sur 2" in text
    assert "Ville de Meaux" in text
    assert '<svg role="img"' in text
    assert beffroi("paper", tmp_path / "root.jwk", "--out", page).returncode != 0
    assert page.read_text() == text

    typed = "\n".join(group.lower() for group in groups)
    checked = beffroi("check", "-", typed=typed)
    assert checked.stdout == "This is root 1 of 2, whole and readable.\n"
    wrong = "0" if groups[6][2] != "0" else "7"
    slip = [*groups[:6], groups[6][:2] + wrong + groups[6][3:], *groups[7:]]
    refused = beffroi("sign", "--root", "-", typed=" ".join(slip))
    assert refused.returncode != 0
    assert "there is a slip in group 7" in refused.stderr
    assert not any(group in refused.stderr for group in slip)
    signed = beffroi("sign", "--root", "-", typed=typed)
    assert "Key set 2 is in force here" in signed.stdout, signed.stderr


def test_keys_take_turns_once_every_gate_knows_the_next(here: Town, beffroi: Beffroi, tmp_path: Path) -> None:
    device = in_service(here, now=utc_now(), name="PM-77284-0001")
    first = read_keyset(here.authority.pk)
    announced = beffroi("rotate", "--root", tmp_path / "root.jwk")
    assert "Run this again after that day" in announced.stdout, announced.stderr
    second = read_keyset(here.authority.pk)
    assert first is not None
    assert second is not None
    assert {key.kid for key in first.keys} < {key.kid for key in second.keys}
    early = beffroi("rotate", "--root", tmp_path / "root.jwk")
    assert early.returncode != 0
    assert "run this again after that day" in early.stderr
    assert "PM-77284-0001" in beffroi("show").stdout
    later, authority = utc_now() + timedelta(days=15), here.authority.pk
    turn = functools.partial(rotate, here.store, authority, tmp_path / "root.jwk", later, days=14, all_the_same=False)
    with pytest.raises(KeysError, match="PM-77284-0001"):
        turn()
    assert read_keyset(authority) == second
    note_asked(device=device.id, keyset=second.number, revocations=(0, 0), now=later)
    turn()
    third = read_keyset(authority)
    assert third is not None
    assert (third.number, len(third.keys)) == (3, len(first.keys))
    assert not {key.kid for key in first.keys} <= {key.kid for key in third.keys}
