"""What devices send: read and verified (`reading`), stored by one action a batch, answered with signed bytes (`signing`), in one `loop`."""

from beffroi.kernel.devices.ingest.process import run_ingest

__all__ = ["run_ingest"]
