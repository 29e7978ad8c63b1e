"""What a device trusts: two roots, the key set held, the revocation list held. Each only goes forward."""

from dataclasses import dataclass, replace

from beffroi.protocol.v1.errors import Reason, RefusalError, expect, refusing
from beffroi.protocol.v1.jwk import OctetKey
from beffroi.protocol.v1.keyset import KeySet, Reading, verify_keyset
from beffroi.protocol.v1.revocation import RevocationList, verify_revocation_list
from beffroi.protocol.v1.stamp import Stamp, verify_master_stamp, verify_stamp


@dataclass(frozen=True, slots=True)
class Trust:
    """A frozen state; the methods give the next one, or ``Refused``."""

    authority: str
    roots: tuple[OctetKey, ...]
    keyset: KeySet | None = None
    revocations: RevocationList | None = None

    @property
    def version(self) -> int:
        """The version that the gate speaks; 0 before it holds a key set."""
        return 0 if self.keyset is None else self.keyset.version

    def keys(self) -> KeySet:
        """The key set held, or raise ``RefusalError``."""
        if self.keyset is None:
            raise RefusalError(Reason.NOT_COMMISSIONED)
        return self.keyset

    @refusing
    def take_keyset(self, token: str) -> "Trust":
        """The state with a newer key set."""
        held = 0 if self.keyset is None else self.keyset.number
        keyset = expect(verify_keyset(token, roots=self.roots, authority=self.authority, held=held))
        return replace(self, keyset=keyset)

    @refusing
    def take_revocations(self, token: str, at: Reading) -> "Trust":
        """The state with a newer revocation list."""
        revocations = expect(verify_revocation_list(token, keyset=self.keys(), at=at, held=self.revocations))
        return replace(self, revocations=revocations)

    @refusing
    def read_stamp(self, token: str, at: Reading) -> Stamp:
        """A stamp signed by one of the authority's stamp keys."""
        return expect(verify_stamp(token, keyset=self.keys(), at=at))

    @refusing
    def read_master_stamp(self, token: str) -> Stamp:
        """A master stamp, signed by a root."""
        return expect(verify_master_stamp(token, roots=self.roots, authority=self.authority))
