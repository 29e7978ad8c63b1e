"""What a command says and does of HTTPS, before Django is there: a certificate that can't be served is said at once."""

from beffroi.adapters.tls.local import LocalAuthority
from beffroi.adapters.tls.pair import read_pair
from beffroi.cli.errors import CommandError
from beffroi.config.environment import Environment


def refuse_unusable(settings: Environment) -> None:
    """Raises PairError when the certificate can't be served, CommandError when there is no local authority to make one."""
    if settings.https.local_ca:
        if not LocalAuthority(settings.home / "keys").exists:
            raise CommandError(
                "BEFFROI_LOCAL_CA is set and there is no authority of our own yet: `beffroi init --local-ca` makes it"
            )
    elif settings.tls is not None:
        read_pair(settings.tls)
