"""Asking an identity provider who somebody is, over OpenID Connect: the authorization code with PKCE, nothing believed that isn't proved.

Sources: OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0, Back-Channel Logout 1.0; RFC 7636 (PKCE), RFC 9207 (issuer in the
answer), RFC 8725 (JWT best practices); ProConnect's own pages for service providers.
"""

from beffroi.adapters.oidc.provider import Provider

__all__ = ["Provider"]
