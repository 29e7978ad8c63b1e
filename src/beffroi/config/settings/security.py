"""Strict by default: no third party, no inline script or style, no framing, cookies that scripts can't read."""

import secrets

from csp.constants import NONE, SELF

from beffroi.config.environment import environment

_env = environment()
_secret = _env.home / "keys" / "web" / "secret"

# `beffroi init` and `beffroi up` write the file; without it (a type checker, a first command) a passing key protects nothing that lasts.
SECRET_KEY = _secret.read_text().strip() if _secret.exists() else secrets.token_urlsafe(64)

# Authorities' own domains are in the database: web.hosts refuses what is neither theirs nor one of these.
BEFFROI_HOSTS = (_env.host, *_env.extra_hosts, "localhost", "127.0.0.1")
ALLOWED_HOSTS = ["*"]
CSRF_TRUSTED_ORIGINS = [_env.public_url] if _env.secure else []

# Whether a page came over HTTPS is what the connection says, or a proxy that BEFFROI_TRUSTED_PROXIES names (cli.serving); Django itself
# would believe whoever sends the header.
BEFFROI_TLS = _env.tls
BEFFROI_TRUSTED_PROXIES = _env.https.trusted_proxies
BEFFROI_LOCAL_CA = _env.https.local_ca
BEFFROI_HTTP_PORT = _env.https.plain_port
BEFFROI_ACME_FOLDER = _env.https.acme_folder

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _env.secure else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _env.secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "beffroi_session"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_NAME = "beffroi_csrf"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
