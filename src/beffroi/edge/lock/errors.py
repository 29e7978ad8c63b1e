"""What can stop a lock, beside what stops any device: MetalError, the bolt did not move (``code`` metal-failed).

Refusals at the gate are not here: they are values, with the reason codes of docs/spec/gate.md.
"""

from beffroi.edge.device.errors import DeviceError


class MetalError(DeviceError):
    pass
