"""The keys of one log's checkpoints: those that sign, and those that once did."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .note import VerifierKey, verifier_key


@dataclass(frozen=True, slots=True)
class CheckpointKeys:
    """All of `signing` sign every checkpoint, so that a key can be replaced while both are trusted; `retired` (raw public
    keys) only tell what was ours.
    """

    signing: tuple[Ed25519PrivateKey, ...]
    retired: tuple[bytes, ...] = ()

    def verifiers(self, name: str) -> list[VerifierKey]:
        """Every key under the name it signs with, which is the log's origin."""
        return self.verifiers_now(name) + [VerifierKey(name, public) for public in self.retired]

    def verifiers_now(self, name: str) -> list[VerifierKey]:
        """The keys that sign today."""
        return [verifier_key(name, key) for key in self.signing]
