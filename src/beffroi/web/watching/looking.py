"""Whether whoever watches us from elsewhere can: the door of measures answers, the second host hears that we live."""

import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.checkup import Check, Finding, State, register_check
from beffroi.web.watching import heard

CODE: Final = "monitor"
MEASURES: Final = f"{CODE}.measures"
SECOND_HOST: Final = f"{CODE}.second-host"
SECONDS: Final = 2.0
# Four signs of life: by then the second host has told people, or would not.
LATE: Final = 60.0
PAGE: Final = "watching.md"
STARTED_AGAIN: Final = _("Start Beffroi again; the lines of `monitor` in the log say why it stands still.")


def look(now: datetime) -> Iterator[Finding]:
    """Nothing where nobody was asked to watch."""
    if settings.BEFFROI_METRICS_PORT is not None:
        yield _measures(settings.BEFFROI_METRICS_BIND, settings.BEFFROI_METRICS_PORT)
    if settings.BEFFROI_TELLS_A_SECOND_HOST:
        yield _second_host(now.timestamp())


def _measures(address: str, port: int) -> Finding:
    try:
        with socket.create_connection((address, port), timeout=SECONDS):
            return Finding(MEASURES, State.WELL, _("Measures are served."))
    except OSError:
        seen = _("Measures are not served: Prometheus sees nothing of this installation.")
        return Finding(MEASURES, State.WARNING, seen, STARTED_AGAIN, PAGE)


def _second_host(now: float) -> Finding:
    word = heard.read(settings.BEFFROI_HOME)
    if word is None or now - word.at > LATE:
        seen = _("Nobody tells the second host that we live: it has told people that we don’t, or soon will.")
        return Finding(SECOND_HOST, State.WARNING, seen, STARTED_AGAIN, PAGE)
    if word.heard_at is None or now - word.heard_at > LATE:
        return Finding(
            SECOND_HOST,
            State.WARNING,
            _("The second host does not hear that we live: when this server stops, it may be that nobody is told."),
            _(
                "See that it runs (`beffroi watch-over FILE --state`, there) and that BEFFROI_DEADMAN_URL leads to it. The lines of "
                "`monitor` in the log say what it answered."
            ),
            PAGE,
        )
    return Finding(SECOND_HOST, State.WELL, _("The second host hears that we live."))


def register_own() -> None:
    """Called once, when the application is ready."""
    register_check(Check(CODE, _("Those who watch from elsewhere"), look, order=45, good_for=10.0))
