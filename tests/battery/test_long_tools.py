"""`pipx install`, then `beffroi demo`, as install.md says to whoever only looks; without the Internet, from what a bundle holds.

In the suite: uvx, in tests/install/test_bundle.py.
"""

import shutil
import signal
import subprocess
import tarfile
from pathlib import Path

import pytest

from beffroi.adapters.process.places import free_port
from tests.cli.test_up import eventually
from tests.install import wheel
from tests.install.test_wheel import asked


def test_a_demonstration_by_pipx(tmp_path: Path) -> None:
    pipx = shutil.which("pipx")
    if pipx is None:
        pytest.skip("pipx is not here (scripts/setup installs it as root)")
    with tarfile.open(wheel.bundled(wheel.built(), tmp_path)) as archive:
        archive.extractall(tmp_path, filter="data")
    (wheels,) = tmp_path.glob("*/wheels")
    (made,) = wheels.glob("beffroi-*.whl")
    port, programs = free_port(following=1), tmp_path / ".local/bin"
    mine = {"HOME": str(tmp_path), "PATH": f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    alone = f"--pip-args=--no-index --find-links={wheels}"
    subprocess.run([pipx, "install", "--python", wheel.SYSTEM_PYTHON, alone, str(made)], env=mine, check=True)
    said = tmp_path / "said"
    with said.open("wb") as log:
        command = [str(programs / "beffroi"), "demo", "--cabinets", "5", "--mobilised", "5"]
        process = subprocess.Popen(command, env={**mine, "BEFFROI_PORT": str(port)}, stdout=log, stderr=log)
    with process:
        try:
            eventually(
                lambda: process.poll() is not None or asked(port, "/healthz", "localhost")[0] == 200, said.read_text
            )
            assert process.poll() is None, said.read_text()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(wheel.PATIENCE)
