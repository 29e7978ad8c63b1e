"""Where people log in besides: the settings of an identity provider, over OpenID Connect (docs/operators/oidc.md)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from beffroi.adapters.oidc.provider import Kind, Provider, ProviderSettingError
from beffroi.config.described import described
from beffroi.config.values import SettingFileError, listed, one_of

KINDS = tuple(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Identity:
    """As they were typed; what can't be used has been refused."""

    issuer: str = field(
        metadata=described(
            "BEFFROI_OIDC_ISSUER",
            "What your identity provider calls itself, an https address: https://sso.town.example/realms/town. People then log in by it "
            "(docs/operators/oidc.md).",
            "(no provider)",
        )
    )
    kind: str = field(
        metadata=described(
            "BEFFROI_OIDC_KIND",
            "How it writes what it says: proconnect, entra (Microsoft), or standard (Keycloak, Authentik and others).",
            "standard",
        )
    )
    client: str = field(
        metadata=described("BEFFROI_OIDC_CLIENT_ID", "What the provider calls us: it gives it.", "(needed)")
    )
    secret: str = field(
        repr=False,
        metadata=described("BEFFROI_OIDC_CLIENT_SECRET", "Our secret there: it gives it.", "(needed)", secret=True),
    )
    name: str = field(
        metadata=described(
            "BEFFROI_OIDC_NAME",
            "What your staff call it, as the button says: “Log in with …”. 40 letters at most.",
            "ProConnect, where it is; else needed",
        )
    )
    groups: str = field(
        metadata=described(
            "BEFFROI_OIDC_GROUPS",
            "The claim whose values may have roles here.",
            "groups; for ProConnect siret, the employer’s number",
        )
    )
    levels: str = field(
        metadata=described(
            "BEFFROI_OIDC_ACR",
            "Levels of log-in (acr) that do, separated by commas: asked of the provider, and demanded.",
            "(any; of ProConnect eidas1, eidas2, eidas3)",
        )
    )
    strong: str = field(
        metadata=described(
            "BEFFROI_OIDC_ACR_STRONG",
            "Levels of log-in (acr), separated by commas, at which the provider asks for two factors: where an authority demands a second "
            "one, such a log-in is enough.",
            "(none; of ProConnect eidas2, eidas3 and its own that end with -2fa)",
        )
    )
    domains: str = field(
        metadata=described(
            "BEFFROI_OIDC_DOMAINS",
            "Domains of e-mail addresses, separated by commas, for which the provider’s word is taken where it doesn’t say that it "
            "verified the address: town.example. An account is made with no other.",
            "(none)",
        )
    )
    scopes: str = field(
        metadata=described(
            "BEFFROI_OIDC_SCOPES",
            "What it is asked for, separated by spaces; Keycloak may want groups besides.",
            "openid profile email; for ProConnect openid given_name usual_name email siret uid",
        )
    )
    ca: str = field(
        metadata=described(
            "BEFFROI_OIDC_CA",
            "PEM file of the authority that signed the provider’s certificate, where the machine doesn’t know it.",
            "(those that the machine trusts)",
        )
    )

    def provider(self, internal_hosts: frozenset[str]) -> Provider | None:
        """The provider, when there is one; `internal_hosts` may lie on a private network. Raises SettingError."""
        if not self.issuer:
            return None
        try:
            return Provider.read(
                issuer=self.issuer,
                kind=self.kind,
                client=self.client,
                secret=self.secret,
                name=self.name,
                groups=self.groups,
                levels=listed(self.levels),
                strong=listed(self.strong),
                domains=listed(self.domains),
                scopes=self.scopes,
                ca=self.ca,
                internal_hosts=internal_hosts,
            )
        except ProviderSettingError as error:
            raise SettingFileError(f"BEFFROI_OIDC_ISSUER can't be used: {error}") from None


def read(get: Callable[[str], str]) -> Identity:
    """Raises SettingError."""
    said = Identity(
        issuer=get("BEFFROI_OIDC_ISSUER"),
        kind=one_of("BEFFROI_OIDC_KIND", get("BEFFROI_OIDC_KIND"), KINDS) or Kind.STANDARD.value,
        client=get("BEFFROI_OIDC_CLIENT_ID"),
        secret=get("BEFFROI_OIDC_CLIENT_SECRET"),
        name=get("BEFFROI_OIDC_NAME"),
        groups=get("BEFFROI_OIDC_GROUPS"),
        levels=get("BEFFROI_OIDC_ACR"),
        strong=get("BEFFROI_OIDC_ACR_STRONG"),
        domains=get("BEFFROI_OIDC_DOMAINS"),
        scopes=get("BEFFROI_OIDC_SCOPES"),
        ca=get("BEFFROI_OIDC_CA"),
    )
    _ = said.provider(frozenset())  # what can't be used is refused at start, not when the first person comes
    return said
