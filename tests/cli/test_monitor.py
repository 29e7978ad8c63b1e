"""A town that others watch: its measures, its log for programs, and a second host that hears when it is killed. Real processes."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from beffroi.adapters.process.places import free_port
from tests import database
from tests.cli.test_up import Installation, beffroi, empty_folder, eventually, installation, variables
from tests.monitoring.judge import promtool
from tests.monitoring.prometheus import Prometheus, prometheus


@pytest.fixture
def home() -> Iterator[Path]:
    with empty_folder() as folder:
        yield folder


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - loopback
        return str(answer.read().decode())


class SecondHost:
    """`beffroi watch-over`, which appends what it tells to a file."""

    def __init__(self, folder: Path, key: str, port: int) -> None:
        self.file, self.told, self.said = folder / "towns.toml", folder / "told", folder / "watch-over"
        ring = folder / "ring"
        ring.write_text(f'#!/bin/sh\necho "$EVENT $TOWN" >> {self.told}\n', encoding="ascii")
        ring.chmod(0o700)
        self.file.write_text(
            f'state = "{folder / "state.json"}"\ncommand = ["{ring}"]\n[listen]\nport = {port}\n'
            f'[[town]]\nname = "Meaux"\nkey = "{key}"\nsilent_after = 20\n',
            encoding="utf-8",
        )
        self.file.chmod(0o600)

    def state(self, home: Path) -> subprocess.CompletedProcess[str]:
        return beffroi(home, "watch-over", str(self.file), "--state")

    def last_told(self) -> str:
        return self.told.read_text(encoding="utf-8").splitlines()[-1] if self.told.exists() else ""

    @contextmanager
    def runs(self, home: Path) -> Iterator[None]:
        with self.said.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "beffroi", "watch-over", str(self.file)], env=variables(home), stderr=said
            )
        with process:
            try:
                yield
            finally:
                process.terminate()
                assert process.wait(600) == 0, self.said.read_text()


def measures_are_prometheus_own(town: Installation, port: int) -> None:
    address = f"http://127.0.0.1:{port}/metrics"
    fetched(f"http://127.0.0.1:{town.port}/login/?next=/hush-hush/")

    def counted() -> dict[tuple[str, ...], float]:
        families = text_string_to_metric_families(fetched(address))
        return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}

    eventually(lambda: counted().get(("beffroi_program_up", "worker")) == 1, "the worker is at work")
    eventually(lambda: counted().get(("beffroi_http_requests_total", "accounts", "2xx"), 0) >= 1, "a page is counted")
    said = fetched(address)
    judged = subprocess.run([promtool(), "check", "metrics"], input=said, capture_output=True, text=True, check=False)
    assert (judged.returncode, judged.stdout + judged.stderr) == (0, "")
    assert "hush" not in said


def dashboard_has_data(home: Path, seen: Prometheus) -> None:
    """Each panel, but those that say of themselves when they are empty."""
    panels = json.loads(beffroi(home, "monitor", "--dashboard").stdout)["panels"]
    asked = {
        target["expr"].replace("$instance", ".+"): panel["description"].startswith("Empty ")
        for panel in panels
        for target in panel["targets"]
    }
    assert len(asked) >= len(panels)
    eventually(
        lambda: all(seen.series(each) for each, may_be_empty in asked.items() if not may_be_empty),
        lambda: f"there is data for {[each for each in asked if not seen.series(each)]}",
    )
    assert any(not seen.series(each) for each in asked), "an expression that asks for nothing is found out"


def broker_that_hangs_is_alerted_of_until_it_goes_on(town: Installation, seen: Prometheus) -> None:
    assert "BeffroiBrokerAway" not in seen.firing()
    pid = town.part("broker")["pid"]
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        eventually(lambda: "BeffroiBrokerAway" in seen.firing(), "the rule alerts")
        assert "BeffroiAway" not in seen.firing(), "measures still come"
    finally:
        os.kill(pid, signal.SIGCONT)
    eventually(lambda: not seen.firing() & {"BeffroiBrokerAway", "BeffroiBad"}, lambda: str(seen.firing()))


def watchers(town: Installation) -> dict[str, object]:
    """What the installation says of those who watch it."""
    found = {str(each["code"]): each["state"] for each in town.ask()[1]["findings"]}
    return {code: state for code, state in found.items() if code.startswith("monitor.")}


def log_is_for_programs(town: Installation) -> None:
    lines = [json.loads(line) for line in town.said.splitlines()]
    assert all({"time", "level", "part", "message"} <= line.keys() for line in lines)
    assert {"route": "login/", "method": "GET", "status": 200, "part": "web"}.items() <= next(
        line.items() for line in lines if line.get("route") == "login/"
    )
    assert "hush" not in town.said
    kept = (town.home / "log" / "beffroi.log").read_text(encoding="utf-8").splitlines()
    assert all(json.loads(line)["part"] for line in kept)


def test_a_town_that_is_killed_is_told_of_by_another(home: Path, worker: str) -> None:
    port, door = free_port(), free_port()
    home.mkdir(mode=0o700)
    key = beffroi(home, "monitor", "--key").stdout.strip()
    second = SecondHost(home.parent, key, door)
    with database.cloned(database.TEMPLATE, f"beffroi_monitor_{worker}") as info:
        given = {
            "DATABASE_URL": info.app_url,
            "BEFFROI_DATABASE_OWNER_URL": info.owner_url,
            "BEFFROI_METRICS_PORT": str(port),
            "BEFFROI_LOG_FORMAT": "json",
            "BEFFROI_DEADMAN_URL": f"http://127.0.0.1:{door}/beats",
        }
        assert second.state(home).returncode == 1  # never heard
        with second.runs(home):
            with installation(home, **given) as town:
                eventually(lambda: "hears that we live" in town.said, lambda: town.said)
                eventually(lambda: second.state(home).returncode == 0, "it lives")
                eventually(
                    lambda: watchers(town) == {"monitor.measures": "well", "monitor.second-host": "well"}, town.unwell
                )
                measures_are_prometheus_own(town, port)
                log_is_for_programs(town)
                rules = beffroi(home, "monitor", "--alert-rules").stdout
                with prometheus(home.parent, rules, port) as seen:
                    eventually(lambda: seen.ready() and seen.targets() == {"beffroi": "up"}, "it reads our measures")
                    dashboard_has_data(home, seen)
                    broker_that_hangs_is_alerted_of_until_it_goes_on(town, seen)
                    town.process.kill()
                    town.process.wait()
                    eventually(lambda: "BeffroiAway" in seen.firing(), "the rule alerts")
                eventually(lambda: second.last_told() == "silent Meaux", second.said.read_text)
            assert "Meaux: silent" in second.state(home).stdout


def test_what_is_ready_for_prometheus_is_printed(home: Path) -> None:
    assert beffroi(home, "monitor", "--alert-rules").stdout.startswith("# Rules of alert")
    assert json.loads(beffroi(home, "monitor", "--dashboard").stdout)["title"] == "Beffroi"
    refused = beffroi(home, "monitor")
    assert (refused.returncode, "BEFFROI_METRICS_PORT" in refused.stderr) == (2, True)
