"""Being asked to stop."""

import signal
import threading


def stop_event() -> threading.Event:
    """Set by SIGTERM and SIGINT, from now on."""
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    return stop
