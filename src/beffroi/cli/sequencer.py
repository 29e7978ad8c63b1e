"""`beffroi sequencer`: numbers, publishes and signs the register; one works, a second one waits."""

import argparse
import logging
import signal
import threading
from types import FrameType

from beffroi.cli.errors import CommandError
from beffroi.cli.installation import opened
from beffroi.config.environment import environment

STOPPED = 3
log = logging.getLogger(__name__)


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(_args: argparse.Namespace) -> int:
    """Until SIGTERM or Ctrl-C; exit code 3 when the register may not be continued as it stands."""
    stop = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    with opened(environment()):
        from beffroi.kernel.register.errors import KeyUnusable, SequencerStopped  # noqa: PLC0415 - Django is ready only now
        from beffroi.kernel.register.queries.published import key_ring, shelf  # noqa: PLC0415 - as above
        from beffroi.kernel.register.sequencer.loop import Sequencer  # noqa: PLC0415 - as above

        signal.signal(signal.SIGTERM, told)
        signal.signal(signal.SIGINT, told)
        place = shelf()
        try:
            Sequencer(place, key_ring(place)).run(stop)
        except KeyUnusable as error:
            raise CommandError(f"{error}; `beffroi init` makes one") from error
        except SequencerStopped as error:
            log.critical("the register is not continued: %s. `beffroi register resume` says what can be done.", error)
            return STOPPED
    return 0
