"""Where people come from: the settings of a town's directory of its staff (docs/operators/directory.md)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from beffroi.adapters.directory.place import DirectorySettingError, Kind, Place
from beffroi.config import identity as identities
from beffroi.config.described import described, gathered
from beffroi.config.values import SettingFileError, one_of, whole

KINDS = tuple(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class People:
    """As they were typed; what can't be used has been refused."""

    ldap_url: str = field(
        metadata=described(
            "BEFFROI_LDAP_URL",
            "Servers of your directory, tried in order, separated by spaces: ldaps://host:636, or ldap://host:389, where TLS is "
            "begun before anything is said (docs/operators/directory.md). People then log in with their password of the directory.",
            "(no directory)",
        )
    )
    ldap_kind: str = field(
        metadata=described(
            "BEFFROI_LDAP_KIND",
            "active-directory (Samba too), or openldap (389 Directory Server and others of its kin too).",
            "active-directory",
        )
    )
    ldap_ca: str = field(
        metadata=described(
            "BEFFROI_LDAP_CA",
            "PEM file of the authority that signed the directory's certificate, which bears the name in BEFFROI_LDAP_URL.",
            "(needed)",
        )
    )
    ldap_bind_dn: str = field(
        metadata=described(
            "BEFFROI_LDAP_BIND_DN",
            "The account that we ask the directory with: one that may read, and no more.",
            "(needed)",
        )
    )
    ldap_bind_password: str = field(
        repr=False,
        metadata=described("BEFFROI_LDAP_BIND_PASSWORD", "The password of that account.", "(needed)", secret=True),
    )
    ldap_base: str = field(
        metadata=described(
            "BEFFROI_LDAP_BASE", "Under what people are looked for: ou=people,dc=town,dc=example.", "(needed)"
        )
    )
    ldap_group_base: str = field(
        metadata=described("BEFFROI_LDAP_GROUP_BASE", "Under what groups are looked for.", "BEFFROI_LDAP_BASE")
    )
    ldap_filter: str = field(
        metadata=described(
            "BEFFROI_LDAP_FILTER",
            "A filter in parentheses that people must pass besides: (!(employeeType=external)).",
            "(everybody)",
        )
    )
    ldap_tries: int = field(
        metadata=described(
            "BEFFROI_LDAP_TRIES",
            "How many wrong passwords the directory is asked about for one account, from 1 to 10: fewer than it takes to lock the "
            "account there, so that nobody outside locks your staff out.",
            "3",
        )
    )
    ldap_tries_minutes: int = field(
        metadata=described(
            "BEFFROI_LDAP_TRIES_MINUTES",
            "In how many minutes that many, from 1 to 1440: no fewer than the directory itself counts over.",
            "60",
        )
    )
    directory_authority: str = field(
        metadata=described(
            "BEFFROI_DIRECTORY_AUTHORITY",
            "Short name of the authority whose directory it is: its administrators say which groups have which roles. Needed where an "
            "installation has several.",
            "(the only one)",
        )
    )
    identity: identities.Identity = field(metadata=gathered(identities.Identity))

    @property
    def directory(self) -> Place | None:
        """Where the directory is, when there is one. Raises SettingError."""
        if not self.ldap_url:
            return None
        try:
            return Place.read(
                urls=self.ldap_url,
                kind=self.ldap_kind,
                base=self.ldap_base,
                group_base=self.ldap_group_base,
                bind_dn=self.ldap_bind_dn,
                bind_password=self.ldap_bind_password,
                ca=self.ldap_ca,
                narrowed=self.ldap_filter,
                tries=self.ldap_tries,
                window=timedelta(minutes=self.ldap_tries_minutes),
            )
        except DirectorySettingError as error:
            raise SettingFileError(f"BEFFROI_LDAP_URL can't be used: {error}") from None


def read(get: Callable[[str], str]) -> People:
    """Raises SettingError."""
    said = People(
        ldap_url=get("BEFFROI_LDAP_URL"),
        ldap_kind=one_of("BEFFROI_LDAP_KIND", get("BEFFROI_LDAP_KIND"), KINDS) or Kind.ACTIVE_DIRECTORY.value,
        ldap_ca=get("BEFFROI_LDAP_CA"),
        ldap_bind_dn=get("BEFFROI_LDAP_BIND_DN"),
        ldap_bind_password=get("BEFFROI_LDAP_BIND_PASSWORD"),
        ldap_base=get("BEFFROI_LDAP_BASE"),
        ldap_group_base=get("BEFFROI_LDAP_GROUP_BASE"),
        ldap_filter=get("BEFFROI_LDAP_FILTER"),
        ldap_tries=whole("BEFFROI_LDAP_TRIES", get("BEFFROI_LDAP_TRIES") or "3", most=10),
        ldap_tries_minutes=whole("BEFFROI_LDAP_TRIES_MINUTES", get("BEFFROI_LDAP_TRIES_MINUTES") or "60", most=1440),
        directory_authority=get("BEFFROI_DIRECTORY_AUTHORITY"),
        identity=identities.read(get),
    )
    _ = said.directory  # what can't be used is refused at start, not when the first person comes
    return said
