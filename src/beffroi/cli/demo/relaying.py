"""The residence's relay put in service, and told where the cameras' images are: at each start, for ports may have changed."""

import json
import subprocess
import sys
import uuid
from collections.abc import Sequence
from typing import Final

from beffroi.cli.demo import film
from beffroi.cli.demo.sowing import SeedError, Sower, put_on_line, signed
from beffroi.kernel.devices.errors import NoBox
from beffroi.kernel.devices.queries.sources import seal_credentials
from beffroi.systems.video.actions.sites import add_relay, set_relay_address, set_source
from beffroi.systems.video.models import Camera, Relay

RELAY_NAME: Final = "Relais de la résidence"


def put_in_place(sower: Sower, *, authority: uuid.UUID, ports: film.Film) -> Relay:
    """The relay makes its own key and asks; the minter certifies; the commissioning document goes into its folder. Found where it answers
    now.
    """
    folder = film.relay_folder(sower.settings.home)
    relay = Relay.objects.filter(authority_id=authority).first()
    if relay is None:
        request = _request(folder.as_posix(), str(uuid.uuid5(authority, RELAY_NAME)))
        relay = add_relay(
            authority=authority,
            request=request,
            name=RELAY_NAME,
            address=ports.address,
            by=sower.by,
            now=sower.clock(),
        )
    put_on_line(sower, authority=authority, device=relay.device_id, folder=folder)
    if relay.address != ports.address:
        relay = set_relay_address(relay=relay, address=ports.address, by=sower.by, now=sower.clock())
    return relay


def _request(folder: str, device: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        [sys.executable, "-m", "beffroi.edge.relay", "--home", folder, "--request", device],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SeedError(f"the relay could not make its key: {done.stderr.strip()}")
    told: dict[str, str] = json.loads(done.stdout)
    return told["request"]


def serve_cameras(sower: Sower, *, relay: Relay, ports: film.Film, cameras: Sequence[Camera]) -> None:
    """Where each camera's images are now, and what opens them, sealed as it would be typed."""
    for camera in cameras:
        url = ports.source(camera.number)
        if camera.relay_id == relay.pk and camera.source == url:
            continue

        def sealed(camera: Camera = camera, url: str = url) -> str | None:
            try:
                return seal_credentials(
                    authority=camera.authority_id, gate=camera.pk, url=url, user=film.USER, password=film.PASSWORD
                )
            except NoBox:
                return None

        set_source(
            camera=camera,
            relay=relay,
            url=url,
            sealed=signed(sealed, "no box to seal a camera's password to: does the minter run?"),
            profile="H.264",
            by=sower.by,
            now=sower.clock(),
        )
