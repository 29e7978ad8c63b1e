"""A real Prometheus, set up from the very lines of docs/operators/watching.md, and what it answers."""

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from beffroi.adapters.process.places import free_port
from tests.monitoring.judge import promtool

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "operators" / "watching.md"
BLOCK: Final = re.compile(r"In `prometheus\.yml`:\n\n((?:    .*\n)+)")
# A scrape may last as long as the time between two, and a broker that hangs keeps one waiting for three seconds.
EVERY: Final = 5
HASTE: Final = "1s"


def configuration(port: int) -> str:
    """What the document says, of this port, every few seconds."""
    found = BLOCK.search(DOCUMENT.read_text(encoding="utf-8"))
    assert found is not None, "the document has a configuration"
    text = re.sub(r"^    ", "", found[1], flags=re.MULTILINE)
    for said, here in (("10.0.0.5:9464", f"127.0.0.1:{port}"), ("scrape_interval: 30s", f"scrape_interval: {EVERY}s")):
        assert text.count(said) == 1, said
        text = text.replace(said, here)
    return f"global: {{evaluation_interval: {HASTE}}}\n{text}"


class Prometheus:
    """One that runs."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._address}/-/ready", timeout=60) as answer:  # noqa: S310 - loopback
                return bool(answer.status == 200)
        except OSError:
            return False

    def _asked(self, path: str, **query: str) -> dict[str, list[dict[str, object]]]:
        url = f"{self._address}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - loopback
                said = json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{path} {query}: {refused.read().decode()}") from refused
        assert said["status"] == "success", said
        data: dict[str, list[dict[str, object]]] = said["data"]
        return data

    def targets(self) -> dict[str, str]:
        """How each job's last scrape went."""
        found = self._asked("targets", state="active")["activeTargets"]
        return {str(each["scrapePool"]): f"{each['health']} {each['lastError']}".strip() for each in found}

    def series(self, expression: str) -> int:
        """How many series it has for this now."""
        return len(self._asked("query", query=expression)["result"])

    def firing(self) -> set[str]:
        """The rules that alert now."""
        found = [each for each in self._asked("alerts")["alerts"] if each["state"] == "firing"]
        return {str(labels["alertname"]) for each in found if isinstance(labels := each["labels"], dict)}


@contextmanager
def prometheus(folder: Path, rules: str, port: int) -> Iterator[Prometheus]:
    """Reads measures at that port; rules alert after a second, whatever they wait for as shipped."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("Prometheus is not installed (apt install prometheus)")
    (folder / "beffroi.yml").write_text(re.sub(r"\bfor: \w+", f"for: {HASTE}", rules), encoding="utf-8")
    config = folder / "prometheus.yml"
    config.write_text(configuration(port), encoding="utf-8")
    judged = subprocess.run([promtool(), "check", "config", str(config)], capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "SUCCESS" in judged.stdout
    own = free_port()
    with (folder / "prometheus.log").open("wb") as said:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'measured'}",
                f"--web.listen-address=127.0.0.1:{own}",
            ],
            cwd=folder,
            stdout=said,
            stderr=said,
        )
    with process:
        try:
            yield Prometheus(own)
        finally:
            process.terminate()
            process.wait()
