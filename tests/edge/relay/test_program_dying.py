"""Whatever instant a relay dies, the next start finds one event for each admitted look, and one for its end."""

import json
import subprocess
import sys
from pathlib import Path

from tests.edge.street import PATIENCE

ROUNDS = 25


def test_killed_at_any_line_of_its_code(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.edge.relay.dying", str(tmp_path / "relay"), "1", str(ROUNDS)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
        timeout=10 * PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["answered"] >= ROUNDS / 2, figures
    assert figures["admitted"] >= figures["answered"], figures
    assert figures["died_live"] > 0, figures
