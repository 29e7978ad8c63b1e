"""One line a fact, on the standard error: the supervisor gathers and dates them. No name, address or secret is written."""

from beffroi.config.environment import environment

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": environment().log_level},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # Whoever scans the Internet asks for names that are nobody's here: they are answered 400, and write nothing in our log.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
