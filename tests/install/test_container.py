"""What can be said of the container's files without building one: where they take from, as whom they run, what they leave open."""

import re

from tests.shape.tree import ROOT

FOLDER = ROOT / "packaging/container"
INSTRUCTIONS = {"ARG", "FROM", "RUN", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"}


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", (FOLDER / "Containerfile").read_text(encoding="utf-8"))
    lines = [line.split(None, 1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest) for word, rest in lines]


def test_it_runs_as_an_account_and_stops_as_it_should() -> None:
    told = instructions()
    assert {word for word, _ in told} == INSTRUCTIONS
    words = dict(told)
    assert words["USER"] == "beffroi"
    assert words["STOPSIGNAL"] == "SIGINT"
    assert words["VOLUME"] == "/srv/beffroi"
    assert words["CMD"] == '["beffroi", "up"]'
    assert "/healthz" in words["HEALTHCHECK"]


def test_it_is_made_from_the_base_that_is_given() -> None:
    told = instructions()
    assert told[0] == ("ARG", "BASE=docker.io/library/debian:12-slim")
    assert {rest.split()[0] for word, rest in told if word == "FROM"} == {"${BASE}"}


def test_what_it_copies_is_here_and_what_it_installs_is_locked() -> None:
    copied = " ".join(rest for word, rest in instructions() if word == "COPY" and "--from" not in rest)
    assert (ROOT / "requirements/runtime.txt").exists()
    assert copied.split()[:-1] == ["requirements/runtime.txt", "dist/beffroi-*.whl"], "`make wheel` writes the second"
    for word, rest in instructions():
        if word == "RUN" and "pip install" in rest:
            assert re.findall(r"pip install .*?(--require-hashes|--no-deps)", rest) == ["--require-hashes", "--no-deps"]
        if word == "RUN":
            assert rest.count("apt-get install") == rest.count("--no-install-recommends")


def test_the_packages_of_debian_are_those_that_operators_are_told_of() -> None:
    told = re.search(r"`apt install ([^`]+)`", (ROOT / "docs/operators/install.md").read_text(encoding="utf-8"))
    assert told
    installed = " ".join(rest for word, rest in instructions() if word == "RUN")
    assert [name for name in told[1].split() if name not in installed] == []


def test_composed_it_has_no_capability_and_writes_in_its_volume_alone() -> None:
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    for line in (
        "read_only: true",
        "cap_drop: [ALL]",
        'security_opt: ["no-new-privileges:true"]',
        "beffroi:/srv/beffroi",
    ):
        assert line in text
    assert '"127.0.0.1:8000:8000"' in text, "plain HTTP is for the proxy of this machine"
