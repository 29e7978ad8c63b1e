"""One line a fact, on the standard error: the supervisor gathers and dates them. No name, address or secret is written.

For programs (BEFFROI_LOG_FORMAT=json) each line is an object, and each request has one.
"""

import os

from beffroi.config.environment import environment

# Measures count requests where they are served; lines for people stay readable without one for each.
BEFFROI_COUNTS_REQUESTS = environment().watching.metrics_port is not None and os.environ.get("BEFFROI_PROCESS") == "web"
# What a check of whoever watches looks at: where measures are served, and whether a second host is told that we live.
BEFFROI_METRICS_BIND = environment().watching.metrics_bind
BEFFROI_METRICS_PORT = environment().watching.metrics_port
BEFFROI_TELLS_A_SECOND_HOST = environment().watching.deadman_url is not None
BEFFROI_LOGS_REQUESTS = environment().watching.json
_PART = os.environ.get("PGAPPNAME", "").removeprefix("beffroi ") or "beffroi"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(levelname)s %(name)s %(message)s"},
        "json": {"()": "beffroi.lib.logged.JsonFormatter", "part": _PART},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": environment().watching.log_format}},
    "root": {"handlers": ["stderr"], "level": environment().log_level},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # Whoever scans the Internet asks for names that are nobody's here: they are answered 400, and write nothing in our log.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
