"""`beffroi init` once for a département and once for each commune in it."""

import os
import subprocess
import sys
from pathlib import Path

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.grants.queries import current_keyset
from beffroi.kernel.territory.models import Authority, Territory


def init(database: ConnectionInfo, home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "beffroi", "init", "--admin-password-stdin", *arguments],
        env=os.environ
        | {
            "BEFFROI_HOME": str(home),
            "DATABASE_URL": database.app_url,
            "BEFFROI_DATABASE_OWNER_URL": database.owner_url,
        },
        input="le beffroi sonne neuf heures\n",
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_commune_begins_inside_its_departement_with_keys_of_its_own(
    own_database: ConnectionInfo, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    meaux = ("--authority-name", "Ville de Meaux", "--admin-email", "claire@meaux.example")
    lost = init(own_database, home, *meaux, "--inside", "seine-et-marne")
    assert lost.returncode != 0
    assert "names a département of this installation" in lost.stderr
    first = init(
        own_database,
        home,
        *("--authority-name", "Département de Seine-et-Marne", "--authority-kind", "departement"),
        *("--admin-email", "denis@seine.example"),
    )
    assert first.returncode == 0, first.stderr
    second = init(own_database, home, *meaux, "--inside", "seine-et-marne")
    assert second.returncode == 0, second.stderr
    places = {row.name: row for row in Territory.objects.select_related("parent")}
    assert places["Ville de Meaux"].parent == places["Département de Seine-et-Marne"]
    keys = {current_keyset(authority.pk) for authority in Authority.objects.all()}
    assert len(keys) == 2
