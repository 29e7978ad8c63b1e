"""What can stop a lock, beside what stops any device.

DeviceError
├── MetalError  the bolt did not move (``code`` metal-failed)
└── RadioError  there is no Bluetooth here (``code`` radio-missing, radio-failed); the lock doesn't start

Refusals at the gate are not here: they are values, with the reason codes of docs/spec/gate.md.
"""

from beffroi.edge.device.errors import DeviceError


class MetalError(DeviceError):
    pass


class RadioError(DeviceError):
    pass
