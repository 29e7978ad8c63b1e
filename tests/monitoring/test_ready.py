"""Rules of alert and the dashboard: as Prometheus reads them, of measures that there are."""

import json
import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Final

import pytest
from prometheus_client import CollectorRegistry

from beffroi.lib.clock import utc_now
from beffroi.web.watching.measures import Measures
from tests.monitoring.judge import promtool

READY: Final = resources.files("beffroi.cli.monitor").joinpath("ready")
NAME: Final = re.compile(r"\bbeffroi_\w+")
# Counted by the processes that answer: tests/cli/test_monitor.py reads them of a town that runs.
COUNTED: Final = {"beffroi_http_requests_total", "beffroi_http_request_seconds_bucket"}


def test_rules_are_read_and_say_what_they_should(tmp_path: Path) -> None:
    (tmp_path / "alerts.yml").write_text(READY.joinpath("alerts.yml").read_text(encoding="utf-8"), encoding="utf-8")
    shutil.copy(Path(__file__).with_name("alerts.test.yml"), tmp_path)
    for act in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]):
        done = subprocess.run([promtool(), *act], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.django_db
def test_they_speak_of_measures_that_there_are() -> None:
    registry = CollectorRegistry()
    registry.register(Measures(utc_now, "1.2.3"))
    there = {family.name for family in registry.collect()} | COUNTED
    # With nothing published and nobody who supervises, these are left out.
    there |= {"beffroi_register_checkpoint_age_seconds", "beffroi_part_restarts"}
    rules = READY.joinpath("alerts.yml").read_text(encoding="utf-8")
    expressions = "\n".join(line for line in rules.splitlines() if "summary" not in line and "todo" not in line)
    board = json.loads(READY.joinpath("dashboard.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    for text in (expressions, *asked):
        assert set(NAME.findall(text)) <= there
