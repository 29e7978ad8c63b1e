"""`beffroi web`: the web server alone (uvicorn, one process), as the application's role."""

import argparse

from beffroi.cli import installation
from beffroi.config.environment import Environment, environment

# What still answers when we are asked to stop (a live stream never ends by itself).
GRACE = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: BEFFROI_BIND and BEFFROI_PORT say where."""


def run(_args: argparse.Namespace) -> int:
    """Serves until SIGINT or SIGTERM."""
    settings = environment()
    with installation.opened(settings):
        serve(settings)
    return 0


def serve(settings: Environment) -> None:
    """Runs uvicorn here. A proxy on this machine may say for whom it asks (X-Forwarded-For, -Proto); nobody else."""
    import uvicorn  # noqa: PLC0415 - only the web process needs it

    uvicorn.run(
        "beffroi.config.asgi:application",
        host=settings.bind,
        port=settings.port,
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1,::1",
        timeout_graceful_shutdown=GRACE,
    )
