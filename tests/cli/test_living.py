"""A sign of life that isn't heard says why, so that whoever sets up the second host knows what to mend. A real server, over TLS."""

import asyncio
import ssl
from pathlib import Path

import pytest

from beffroi.adapters.http.reach import Destination
from beffroi.adapters.process.places import free_port
from beffroi.cli.monitor.living import client_for, tell
from tests.certifying import Certified, certified

HOST = "localhost"


@pytest.fixture(scope="module")
def root() -> Certified:
    return certified("Autorité de test")


def told(port: int) -> str:
    async def one() -> str:
        async with client_for(HOST) as client:
            to = client.aim(f"https://{HOST}:{port}/beats")
            assert isinstance(to, Destination)
            return await tell(client, to, lambda: b"sign")

    return asyncio.run(one())


def served(root: Certified, folder: Path, status: str) -> str:
    """What is told of a second host that answers so."""
    files = root.certify(HOST, [HOST]).written(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"sign")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async def run() -> str:
        port = free_port()
        async with await asyncio.start_server(answer, "127.0.0.1", port, ssl=context):
            return await asyncio.to_thread(told, port)

    return asyncio.run(run())


def test_who_is_not_there_is_said() -> None:
    assert "nobody answers at that address" in told(free_port())


def test_a_certificate_that_is_not_believed_is_said(root: Certified, tmp_path: Path) -> None:
    assert "update-ca-certificates" in served(root, tmp_path, "204 No Content")


def test_one_that_hears_is_believed_with_its_authority(
    root: Certified, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "root.pem").write_bytes(root.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
    assert served(root, tmp_path / "certificate", "204 No Content") == ""
    assert "doesn't know our key" in served(root, tmp_path / "other", "403 Forbidden")
