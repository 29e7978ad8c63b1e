"""The watch: a loop of the worker's that looks at the installation, notes what is wrong, tells it, and ends it."""

import threading
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from beffroi.kernel.upkeep.actions.noticing import note_findings
from beffroi.kernel.upkeep.post import Post
from beffroi.kernel.upkeep.queries.standing import administrators
from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.checkup import HERE, Checkup
from beffroi.persistence.work import alone, repeated

LOOK_EVERY: Final = 10.0
NAME: Final = "upkeep"


def run_upkeep(stop: threading.Event, clock: Clock = utc_now) -> None:
    """Until told to stop."""
    post = Post(settings.BEFFROI_HOME)

    def turn() -> float:
        watch(post, clock)
        return LOOK_EVERY

    repeated(turn, stop)


def watch(post: Post, clock: Clock = utc_now, checkup: Checkup = HERE) -> None:
    """One look. Of several workers one notes; each would write letters, when nothing can be noted."""
    findings = checkup.examine(clock())
    try:
        with alone(NAME) as mine:
            if mine:
                note_findings(findings=findings, now=clock())
                post.know(administrators(clock()))
    except (DatabaseError, InterfaceError):
        connection.close()
        post.could_not(checkup.examine(clock()), clock())
    else:
        post.could_write(clock())
