"""`beffroi break-glass`: a sheet is printed, as text or as a PDF, in French or in English; nothing that goes wrong loses its codes."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from pypdf import PdfReader

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.safe.models import Sheet
from beffroi.kernel.safe.rules import CODES
from beffroi.kernel.territory.factories import make_authority
from beffroi.kernel.territory.models import Authority

Beffroi = Callable[..., "subprocess.CompletedProcess[bytes]"]
CODE = re.compile(r"\b(?:[A-Z0-9]{4}-){3}[A-Z0-9]{4}\b")


@pytest.fixture
def town(own_database: ConnectionInfo) -> Authority:
    cache.clear()
    return make_authority()


@pytest.fixture
def beffroi(own_database: ConnectionInfo, town: Authority, tmp_path: Path) -> Beffroi:
    where = {"BEFFROI_HOME": str(tmp_path / "home"), "DATABASE_URL": own_database.app_url}

    def run(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [sys.executable, "-m", "beffroi", "break-glass", *arguments],
            env=os.environ | where | {"BEFFROI_DATABASE_OWNER_URL": "", "BEFFROI_PUBLIC_URL": "https://town.example"},
            capture_output=True,
            check=False,
            cwd=tmp_path,
        )

    return run


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def opens(code: str) -> bool:
    return Client().post("/login/safe/", {"code": code}).status_code == 302


def test_a_sheet_is_printed_as_text_and_the_next_makes_it_void(beffroi: Beffroi) -> None:
    first = beffroi()
    said = first.stdout.decode()
    codes = CODE.findall(said)
    assert len(set(codes)) == CODES
    assert "FEUILLE DU COFFRE" in said
    assert "https://town.example/login/safe/" in said
    assert opens(codes[0])
    again = beffroi("--language", "en").stdout.decode()
    assert "SHEET OF THE SAFE" in again
    assert not opens(codes[1]), "void"
    assert opens(CODE.findall(again)[0])


def test_a_pdf_is_its_owner_s_alone_and_its_codes_open(beffroi: Beffroi, tmp_path: Path) -> None:
    done = beffroi("--pdf", "sheet.pdf")
    assert done.returncode == 0, done.stderr
    assert not CODE.search(done.stdout.decode())
    file = tmp_path / "sheet.pdf"
    assert file.stat().st_mode & 0o777 == 0o600
    told = text_of(file.read_bytes())
    codes = CODE.findall(told)
    assert len(set(codes)) == CODES
    assert "Feuille du coffre" in told
    assert "Meaux" in told
    assert opens(codes[-1])
    again = beffroi("--pdf", "sheet.pdf")
    assert again.returncode == 2
    assert "exists" in again.stderr.decode()
    assert opens(codes[-2]), "nothing was sealed"
    printed = beffroi("--pdf", "-", "--language", "en").stdout
    assert "Sheet of the safe" in text_of(printed)


def test_what_can_t_be_written_voids_no_sheet(beffroi: Beffroi, tmp_path: Path) -> None:
    done = beffroi("--pdf", "nowhere/sheet.pdf")
    assert done.returncode == 2
    assert "can't be written" in done.stderr.decode()
    assert not Sheet.objects.exists()
    named = beffroi("--authority", "elsewhere")
    assert "--authority SLUG" in named.stderr.decode()
    assert not Sheet.objects.exists()
