"""What can stop a device.

DeviceError
├── StoreError          the memory can't be read or written (``code`` store-failed, store-busy, store-foreign, store-damaged)
└── CommissioningError  the commissioning file is refused (``code`` says why); the device doesn't start

A program adds its own (the lock: MetalError). Refusals at a gate are not here: they are values, with the reason codes of
docs/spec/gate.md.
"""


class DeviceError(Exception):
    """`code` is stable and machine-readable; the message is for whoever stands there with a laptop."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class StoreError(DeviceError):
    pass


class CommissioningError(DeviceError):
    pass
