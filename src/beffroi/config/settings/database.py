"""PostgreSQL: two roles apart, the application's and the owner's; only the migrating process takes the owner's."""

import os
from urllib.parse import parse_qsl, unquote, urlsplit

from beffroi.config.environment import SettingError, environment


def connection(url: str) -> dict[str, object]:
    """Django's description of a PostgreSQL URL; a socket folder is given as `?host=/folder`."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise SettingError("DATABASE_URL must start with postgresql://")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "beffroi",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


# Until the launcher has said where our own PostgreSQL listens, a connection must fail at once rather than reach another server.
NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere"

_app_url = environment().database_url or NOWHERE
_owner_url = environment().database_owner_url or _app_url
_app, _owner = connection(_app_url), connection(_owner_url)

# The supervisor and the `migrate` command set this for the one process that changes tables.
DATABASES = {"default": _owner if os.environ.get("BEFFROI_PROCESS") == "migrate" else _app}

# None when the application runs as the owner: then nothing but our own care protects the register's tables, and /healthz says so.
BEFFROI_APP_ROLE: str | None = str(_app["USER"]) if _app["USER"] != _owner["USER"] else None

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "persistence_cache"}}
