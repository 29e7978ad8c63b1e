"""Files made to do harm: whatever is damaged gives a photograph or a reason, and no file takes more memory than a bound."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from beffroi.lib.photographs import Kind, Photograph, Unfit, examine
from beffroi.lib.tests.cameras import exif, gossiping, street, written

SAID = exif(orientation=6, taken="2026:11:20 12:30:05", latitude=(48, 57, 36), longitude=(2, 52, 48))
FILES = [
    *(written(street(), kind, block=SAID) for kind in Kind),
    written(street(), Kind.JPEG, block=SAID, progressive=True),
    gossiping(SAID),
    written(street().quantize(4), Kind.PNG),
]
# Reads a file in a process of its own; says what it became and how many MB the process took for it.
READER = """
import re, sys
from pathlib import Path
from beffroi.lib.photographs import examine
def taken(): return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
before, found = taken(), examine(Path(sys.argv[1]).read_bytes())
print(getattr(found, "width", found), taken() - before)
"""


@pytest.mark.filterwarnings("ignore:::PIL")  # Pillow says what is wrong with a damaged file, as it should
@given(st.data())
@settings(max_examples=400, deadline=None)
def test_a_damaged_file_gives_a_photograph_or_a_reason(data: st.DataObject) -> None:
    file = bytearray(data.draw(st.sampled_from(FILES)))
    for _place in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, min(len(file), 1500) - 1) | st.integers(0, len(file) - 1))
        damage = data.draw(
            st.binary(min_size=1, max_size=8) | st.sampled_from([b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"])
        )
        file[at : at + len(damage)] = damage
    end = data.draw(st.just(len(file)) | st.integers(0, len(file)))
    found = examine(bytes(file[:end]))
    assert isinstance(found, (Photograph, Unfit))


@given(st.sampled_from([file[:64] for file in FILES]), st.binary(max_size=300))
@settings(deadline=None)
@pytest.mark.filterwarnings("ignore:::PIL")  # as above
def test_a_good_beginning_is_no_promise(beginning: bytes, rest: bytes) -> None:
    assert isinstance(examine(beginning[: len(beginning) // 2] + rest), Unfit)


def memory(path: Path) -> tuple[str, int]:
    """What the file became, and the MB that took."""
    done = subprocess.run([sys.executable, "-c", READER, str(path)], capture_output=True, text=True, check=True)
    became, taken = done.stdout.split()
    return became, int(taken)


def test_sixty_megapixels_of_a_phone_are_taken_in_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "large.jpg"
    Image.linear_gradient("L").resize((9248, 6936)).convert("RGB").save(file, quality=80)
    assert file.stat().st_size < 25_000_000
    became, taken = memory(file)
    assert became == "2048"
    assert taken < 200  # whole, its points alone are 256


@pytest.mark.parametrize(("size", "became"), [((30_000, 30_000), "large"), ((5600, 5600), "2048")])
def test_a_bomb_takes_no_more_than_the_largest_screenshot(tmp_path: Path, size: tuple[int, int], became: str) -> None:
    file = tmp_path / "bomb.png"
    Image.new("P", size).save(file)
    assert file.stat().st_size < 1_000_000
    found, taken = memory(file)
    assert found == became
    assert taken < (20 if became == "large" else 400)
