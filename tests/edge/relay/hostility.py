"""What hostile input may do, in tests: a fault of the camera, or nothing."""

from collections.abc import Callable

from beffroi.edge.relay.faults import CameraFault, Cause


def cause_of(tried: Callable[[], object]) -> Cause | None:
    """The cause of the fault that it raises; any other exception is a failure of the test."""
    try:
        tried()
    except CameraFault as fault:
        return fault.cause
    return None
