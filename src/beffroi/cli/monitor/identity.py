"""Who we are to the second host: one Ed25519 key, BEFFROI_HOME/keys/watch/key.pem (0600), made when it is first needed."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from beffroi.adapters.process.places import put_once
from beffroi.cli.errors import CommandError
from beffroi.protocol.beats import key_text


def private_key(home: Path) -> Ed25519PrivateKey:
    """The key, made where there is none. Raises CommandError."""
    path = home / "keys" / "watch" / "key.pem"
    if not path.exists():
        _make(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise CommandError(
            f"{path} is not a readable key ({error}): put its copy back, or delete it and give the second host the new one"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CommandError(f"{path} is not an Ed25519 key: put its copy back")
    return key


def public_line(home: Path) -> str:
    """What the second host's file says of us. Raises CommandError."""
    return key_text(private_key(home).public_key())


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    put_once(path, Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
