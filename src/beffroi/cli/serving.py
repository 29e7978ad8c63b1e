"""One web process: uvicorn on the sockets that it was given, over TLS where we speak HTTPS ourselves.

The certificate changes while people are connected: each process looks at its files, and new connections get what these hold. What our own
authority made is made anew by whichever process sees first that its end is near, or that an authority has another domain.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from typing import Final

import uvicorn
from django.db import DatabaseError, connections
from django.utils import translation

from beffroi.adapters.tls.context import Renewed
from beffroi.adapters.tls.errors import TlsError
from beffroi.adapters.tls.local import LocalAuthority
from beffroi.cli.listening import Doors
from beffroi.cli.web import GRACE
from beffroi.cli.wire import Wire
from beffroi.config.environment import Environment
from beffroi.lib.clock import utc_now
from beffroi.persistence.checkup import State
from beffroi.web.https import wrongdoor
from beffroi.web.https.certificate import look
from beffroi.web.https.names import hosts

log = logging.getLogger("beffroi.https")

# Seconds in which a stranger must have shaken hands, and in which they may say goodbye.
HANDSHAKE_WITHIN: Final = 15.0
GOODBYE_WITHIN: Final = 5.0
# Ticks of a tenth of a second between two looks at the certificate's files.
LOOK_EVERY: Final = 20
# Seconds between two looks at what our own authority has to certify.
KEEP_EVERY: Final = 5.0


def serve(settings: Environment, doors: Doors) -> None:
    """Until SIGINT or SIGTERM, once Django is ready. Raises TlsError when the certificate can't be served."""
    stop = threading.Event()
    renewed = None
    if settings.https.local_ca:
        keep(settings)
        threading.Thread(target=_keep_on, args=(settings, stop), daemon=True).start()
    if settings.tls is not None:
        renewed = Renewed(settings.tls, log.warning, wrongdoor.answer)
        _say_what_is_wrong()
    try:
        with contextlib.suppress(KeyboardInterrupt):  # so it says that SIGINT had it stop, once it has
            Server(settings, doors, renewed).run()
    finally:
        stop.set()


def keep(settings: Environment) -> None:
    """Has our own authority certify what this server is called now. Raises LocalAuthorityError."""
    authority = LocalAuthority(settings.home / "keys")
    try:
        names = hosts()
    except DatabaseError as error:
        # What is served goes on; for a server that has none yet, its own names must do.
        log.warning(
            "the domains of authorities can't be read (%s): the certificate stays as it is", type(error).__name__
        )
        if authority.files.certificate.exists():
            return
        names = hosts(of_authorities=False)
    finally:
        connections.close_all()
    if authority.keep(names, utc_now()):
        log.warning("our own authority made the server's certificate anew")


def _keep_on(settings: Environment, stop: threading.Event) -> None:
    while not stop.wait(KEEP_EVERY):
        try:
            keep(settings)
        except (TlsError, OSError) as error:  # said, and tried again: what is served goes on meanwhile
            log.warning("our own authority can't make the server's certificate: %s", error)


def _say_what_is_wrong() -> None:
    """As the checks of an installation see it, in the log of whoever starts this."""
    with translation.override("en"):  # as all that we write in logs
        for finding in look(utc_now()):
            if finding.state is not State.WELL:
                log.warning("%s %s", finding.seen, finding.todo)


class Server(uvicorn.Server):
    """uvicorn's, on two doors: the main one, over TLS where a certificate is given, and the plain one beside it.

    Proxies that the settings name may say for whom they ask (X-Forwarded-For, -Proto); nobody else.
    """

    def __init__(self, settings: Environment, doors: Doors, renewed: Renewed | None) -> None:
        super().__init__(
            uvicorn.Config(
                "beffroi.config.asgi:application",
                http=Wire,
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                log_level="warning",
                server_header=False,
                proxy_headers=True,
                forwarded_allow_ips=list(settings.https.trusted_proxies),
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._doors = doors
        self._renewed = renewed

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's own signature
        """Listens."""
        await self.lifespan.startup()
        self.servers = [await self._listen(self._doors.main, self._renewed)]
        if self._doors.plain is not None:
            self.servers.append(await self._listen(self._doors.plain, None))
        self.started = True

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if self._renewed is not None and counter % LOOK_EVERY == 0:
            self._renewed.look()
        return await super().on_tick(counter)

    async def _listen(self, door: socket.socket, renewed: Renewed | None) -> asyncio.Server:
        def connection() -> asyncio.Protocol:
            return Wire(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

        return await asyncio.get_running_loop().create_server(
            connection,
            sock=door,
            ssl=renewed.context if renewed else None,
            backlog=self.config.backlog,
            ssl_handshake_timeout=HANDSHAKE_WITHIN if renewed else None,
            ssl_shutdown_timeout=GOODBYE_WITHIN if renewed else None,
        )
