"""Signed notes and checkpoints: the C2SP form, a key from outside, and Go's checksum database as an independent reader."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.protocol.register.checkpoint import (
    Checkpoint,
    LogEnd,
    open_checkpoint,
    open_end,
    sign_checkpoint,
    sign_end,
)
from beffroi.protocol.register.errors import BadNote, RegisterFormatError
from beffroi.protocol.register.merkle import consistency_proof, inclusion_proof
from beffroi.protocol.register.note import VerifierKey, open_note, sign_note
from tests.protocol.register_world import ORIGIN, Log, key, vkey

# Of golang.org/x/mod/sumdb/note's documentation.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_and_a_key_published_elsewhere() -> None:
    known = VerifierKey.parse(PUBLISHED_KEY)
    assert str(known) == PUBLISHED_KEY
    text, signers = open_note(PUBLISHED_NOTE, [known])
    assert text.startswith("If you think")
    assert signers == (known,)


def test_a_checkpoint_is_read_with_its_own_key_only() -> None:
    note = Log.of(5).checkpoint()
    assert open_checkpoint(note, [vkey()]).size == 5
    for other in ([vkey(2)], [], [vkey(1, "elsewhere.example")]):
        with pytest.raises(BadNote):
            open_checkpoint(note, other)


def test_a_checkpoint_signed_by_a_known_key_of_another_log_is_refused() -> None:
    note = sign_note(Checkpoint(ORIGIN, 0, bytes(32)).text, "elsewhere.example", [key()])
    with pytest.raises(BadNote):
        open_checkpoint(note, [vkey(1, "elsewhere.example")])


def test_while_a_key_is_replaced_either_is_enough_and_a_false_one_spoils_it() -> None:
    checkpoint = Checkpoint(ORIGIN, 0, bytes(32))
    note = sign_checkpoint(checkpoint, [key(1), key(2)])
    for known in ([vkey(1)], [vkey(2)], [vkey(1), vkey(2)]):
        assert open_checkpoint(note, known) == checkpoint
    lines = note.splitlines(keepends=True)
    raw = bytearray(base64.b64decode(lines[-1].split(" ")[2]))
    raw[-1] ^= 1
    forged = "".join([*lines[:-1], f"— {ORIGIN} {base64.b64encode(raw).decode()}\n"])
    assert open_checkpoint(forged, [vkey(1)]) == checkpoint
    with pytest.raises(BadNote):
        open_checkpoint(forged, [vkey(1), vkey(2)])


@given(st.data())
def test_no_byte_of_a_checkpoint_can_be_changed(data: st.DataObject) -> None:
    note = Log.of(3).checkpoint()
    place = data.draw(st.integers(0, len(note) - 1))
    character = data.draw(st.characters().filter(lambda other: other != note[place]))
    with pytest.raises(RegisterFormatError):
        open_checkpoint(note[:place] + character + note[place + 1 :], [vkey()])


@given(st.text(max_size=400))
def test_garbage_is_refused_as_garbage(text: str) -> None:
    for read in (open_checkpoint, open_end):
        with pytest.raises(RegisterFormatError):
            read(text, [vkey()])


def test_a_signed_end_is_no_checkpoint_and_the_reverse() -> None:
    last = Checkpoint(ORIGIN, 0, bytes(32))
    end = LogEnd(last=last, next_origin=f"{ORIGIN}.2", agreed=0)
    signed = sign_end(end, [key()])
    assert open_end(signed, [vkey()]) == end
    with pytest.raises(RegisterFormatError):
        open_checkpoint(signed, [vkey()])
    with pytest.raises(RegisterFormatError):
        open_end(sign_checkpoint(last, [key()]), [vkey()])


GOPATH = Path("/usr/share/gocode")


def ask_go(question: dict[str, object], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    if not shutil.which("go") or not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("Go and its checksum-database packages: apt-get install golang-go golang-golang-x-mod-dev")
    variables = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(tmp_path), "GOFLAGS": ""}
    program = Path(__file__).parent / "sumdb" / "main.go"
    asked = json.dumps(question)
    return subprocess.run(
        ["go", "run", str(program)],
        input=asked,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def encoded(steps: list[bytes]) -> list[str]:
    return [base64.b64encode(step).decode() for step in steps]


def test_go_reads_our_signature_and_our_proofs(tmp_path: Path) -> None:
    log = Log.of(600)
    nodes = log.archive(tmp_path / "log").nodes(600)
    question: dict[str, object] = {
        "Key": str(vkey()),
        "Checkpoint": log.checkpoint(),
        "Older": log.checkpoint(257),
        "Record": base64.b64encode(log.bodies[511]).decode(),
        "Index": 511,
        "Inclusion": encoded(inclusion_proof(511, 600, nodes)),
        "Consistency": encoded(consistency_proof(257, 600, nodes)),
    }
    answer = ask_go(question, tmp_path / "cache")
    assert (answer.returncode, answer.stdout) == (0, log.checkpoint().partition("\n\n")[0] + "\n"), answer.stderr
    for change in (
        {"Index": 510},
        {"Key": str(vkey(2))},
        {"Older": log.checkpoint(256)},
        {"Record": base64.b64encode(log.bodies[0]).decode()},
    ):
        answer = ask_go(question | change, tmp_path / "cache")
        assert answer.returncode == 1, change
        assert answer.stdout.startswith(("inclusion", "note", "consistency")), answer.stdout + answer.stderr
