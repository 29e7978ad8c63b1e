"""`make morning`: the officer's morning, step by step, in an empty folder that goes when it ends."""

import shutil
import sys

from tests import memory
from tests.morning.playing import FIRST_ACT, play
from tests.morning.spoiling import SECOND_ACT
from tests.morning.telling import Telling

if __name__ == "__main__":
    place = memory.folder("beffroi-morning-")
    try:
        play(place, Telling(sys.stdout), FIRST_ACT, SECOND_ACT)
    finally:
        shutil.rmtree(place)
