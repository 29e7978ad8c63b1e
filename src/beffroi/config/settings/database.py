"""PostgreSQL: two roles apart, the application's and the owner's; only the migrating process takes the owner's."""

import os
from urllib.parse import parse_qsl, unquote, urlsplit

from beffroi.config.environment import SettingError, environment

# The web takes connections from a pool. Each of its requests runs in a thread of its own (asgiref): each would log in to PostgreSQL afresh,
# and leave what it opened to the garbage collector. Whoever finds none free waits for so many seconds. Each web process has its share.
POOL: dict[str, object] = {
    "min_size": 4,
    "max_size": environment().web_connections // environment().web_processes,
    "timeout": 10,
}


def connection(url: str, *, pooled: bool = False) -> dict[str, object]:
    """Django's description of a PostgreSQL URL; a socket folder is given as `?host=/folder`."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise SettingError("DATABASE_URL must start with postgresql://")
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    if pooled:
        options["pool"] = POOL
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "beffroi",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0 if pooled else 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


# Until the launcher has said where our own PostgreSQL listens, a connection must fail at once rather than reach another server.
NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere"

_app_url = environment().database_url or NOWHERE
_owner_url = environment().database_owner_url or _app_url
_app, _owner = connection(_app_url, pooled=os.environ.get("BEFFROI_PROCESS") == "web"), connection(_owner_url)

# The supervisor and the `migrate` command set this for the one process that changes tables.
DATABASES = {"default": _owner if os.environ.get("BEFFROI_PROCESS") == "migrate" else _app}

# None when the application runs as the owner: then nothing but our own care protects the register's tables, and /healthz says so.
BEFFROI_APP_ROLE: str | None = str(_app["USER"]) if _app["USER"] != _owner["USER"] else None

# What limits remember must outlive what strangers fill it with: beyond this many, a third goes, whosever it is.
CACHES = {
    "default": {
        "BACKEND": "beffroi.persistence.memory.Memory",
        "LOCATION": "persistence_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
