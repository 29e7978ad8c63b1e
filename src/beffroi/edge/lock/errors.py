"""What can stop a lock.

LockError
├── StoreError          the memory can't be read or written (``code`` store-failed, store-busy, store-foreign, store-damaged)
├── MetalError          the bolt did not move (``code`` metal-failed)
└── CommissioningError  the commissioning file is refused (``code`` says why); the lock doesn't start

Refusals at the gate are not here: they are values, with the reason codes of docs/spec/gate.md.
"""


class LockError(Exception):
    """`code` is stable and machine-readable; the message is for whoever stands at the cabinet with a laptop."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class StoreError(LockError):
    pass


class MetalError(LockError):
    pass


class CommissioningError(LockError):
    pass
