"""A provider that somebody else wrote and had certified, with a small town in it: own folder, own port, own authority of certificates."""

import json
import re
import select
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

from beffroi.adapters.oidc.provider import Provider
from beffroi.adapters.process.places import free_port
from tests import memory
from tests.certifying import certified

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ROOT / "frontend" / "package.json"
PATIENCE: Final = 120
CLIENT: Final = "beffroi"
# Where we stand, as Django's own client has it.
OURS: Final = "https://testserver"
SECRET: Final = "the-town-s-own-secret-at-its-provider"
if not (ROOT / "frontend" / "node_modules" / "oidc-provider").exists() or shutil.which("node") is None:
    pytest.skip("the provider is not installed: scripts/setup", allow_module_level=True)


@dataclass
class Town:
    """A running provider. `address` is ours, as it knows it."""

    folder: Path
    address: str
    proconnect: bool
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def issuer(self) -> str:
        return f"https://localhost:{self.port}"

    def know(self, **people: dict[str, Any]) -> None:
        """These people and no others, by their identifier there."""
        (self.folder / "people.json").write_text(json.dumps(people))

    def provider(self, **changed: Any) -> Provider:
        """How settings would say it."""
        return Provider.read(**(self.settings() | changed))

    def settings(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "kind": "proconnect" if self.proconnect else "standard",
            "client": CLIENT,
            "secret": SECRET,
            "name": "" if self.proconnect else "Town log-in",
            "groups": "",
            "levels": (),
            "strong": (),
            "domains": ("town.example",),
            "scopes": "",
            "ca": str(self.folder / "ca.pem"),
            "internal_hosts": frozenset(),
        }

    def start(self, address: str) -> None:
        """It runs, and knows us by this address."""
        self.address = address
        client = {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uris": [f"{address}/login/provider/back/"],
            "post_logout_redirect_uris": [f"{address}/logout/done/"],
            "backchannel_logout_uri": f"{address}/login/provider/out/",
            "backchannel_logout_session_required": True,
            "token_endpoint_auth_method": "client_secret_post",
            "id_token_signed_response_alg": "ES256",
            **({"userinfo_signed_response_alg": "ES256"} if self.proconnect else {}),
        }
        told = {
            "packages": str(PACKAGES),
            "issuer": self.issuer,
            "port": self.port,
            "client": client,
            "people": str(self.folder / "people.json"),
            "certificate": str(self.folder / "tls" / "fullchain.pem"),
            "key": str(self.folder / "tls" / "privkey.pem"),
        }
        (self.folder / "told.json").write_text(json.dumps(told))
        script = [shutil.which("node") or "node", str(Path(__file__).with_name("provider.mjs"))]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [*script, str(self.folder / "told.json")], stdout=subprocess.PIPE, stderr=log
            )
        assert self.process.stdout is not None
        heard, _out, _err = select.select([self.process.stdout], [], [], PATIENCE)
        if not heard or self.process.stdout.readline() != b"listening\n":
            raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def browser(self) -> httpx.Client:
        """Somebody's, which trusts the town's authority and keeps the provider's cookies."""
        trust = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        return httpx.Client(verify=trust, follow_redirects=False, timeout=PATIENCE)

    def visit(self, browser: httpx.Client, where: str, who: str, **more: str) -> str:
        """They log in there, unless they are logged in already; returns the address with which they come back to us."""
        for _step in range(12):
            answer = (
                browser.get(where) if "/interaction/" not in where else browser.post(where, data={"who": who, **more})
            )
            if answer.status_code not in (302, 303):
                raise AssertionError(answer.text)
            where = urljoin(where, answer.headers["location"])
            if where.startswith(self.address):
                return where
        raise AssertionError(where)


@contextmanager
def town(address: str = "", *, proconnect: bool = False) -> Iterator[Town]:
    """One that knows nobody yet: it runs, unless our address isn't known yet."""
    folder = memory.folder("beffroi-provider-")
    made = Town(folder, address, proconnect)
    authority = certified("Town authority")
    (folder / "ca.pem").write_bytes(authority.pem)
    authority.certify("localhost", ["localhost"]).written(folder / "tls")
    made.know()
    try:
        if address:
            made.start(address)
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


def leads(page: str) -> str:
    """Where a page of ours leads on to by itself."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page)
    assert found is not None, page
    return found[1].replace("&amp;", "&")


def asked(address: str) -> dict[str, list[str]]:
    """The parameters of an address."""
    return parse_qs(urlsplit(address).query)
