"""Our own files, as an asynchronous server sends them: a warning of Django's about how they are read is an error here."""

import asyncio
from pathlib import Path

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import AsyncClient

from beffroi import web

ICON = (Path(web.__file__).parent / "static" / "icon-180.png").read_bytes()
ADDRESS = "/static/icon-180.png"


async def fetched(**headers: str) -> tuple[int, bytes]:
    """Status, and what came."""
    response: HttpResponseBase = await AsyncClient().get(ADDRESS, headers=headers)
    assert isinstance(response, StreamingHttpResponse)
    try:
        return response.status_code, b"".join([part async for part in response])
    finally:
        response.close()


def test_a_file_comes_whole_or_in_part() -> None:
    assert asyncio.run(fetched()) == (200, ICON)
    assert asyncio.run(fetched(range="bytes=10-19")) == (206, ICON[10:20])
