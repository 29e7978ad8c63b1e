"""Towns hand reports to one another over real HTTP: our client on our server; and a program that knows JSON and nothing of us."""

import asyncio
import http.client
import io
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from PIL import Image

from beffroi.adapters.http.client import Client
from beffroi.adapters.http.reach import Reach
from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.open311.client import GONE, NewUpdate, Photograph, Report, Server, discover, way_in
from beffroi.adapters.open311.client import Town as There
from beffroi.adapters.open311.documents import Created, Discovery, Format, Service, Stage, Status, UpdateCreated
from beffroi.adapters.open311.reading import Found
from beffroi.lib.clock import utc_now
from beffroi.systems.reports.actions.handling import Said, mend_report
from beffroi.systems.reports.actions.keys import give_key
from beffroi.systems.reports.factories import HERE, make_category, switched_on
from beffroi.systems.reports.models import Line
from beffroi.systems.reports.models import Report as Row
from tests.journeys.browser import PATIENCE, Town

SECRET = "a-key-of-another-town"
T = TypeVar("T")


def ask(question: Callable[[Client], Awaitable[T]]) -> T:
    async def run() -> T:
        async with Client(Reach(frozenset({"localhost"})), utc_now, gone=GONE) as client:
            return await question(client)

    return asyncio.run(run())


def opened(town: Town, home: Path) -> str:
    """Reports are on, one kind of fault is taken, another town has a key; the code of the kind."""
    KeyStore(home / "keys").create_media_key()
    switched_on(town.authority.pk)
    give_key(authority=town.authority.pk, name="Ville voisine", secret=SECRET, by=None, now=utc_now())
    return make_category(town.authority.pk, "Nid-de-poule").code


def test_another_town_hands_a_report_over_and_follows_it(town: Town, tmp_path: Path) -> None:
    code = opened(town, tmp_path)
    found = ask(lambda client: discover(client, f"{town.address}/open311/meaux"))
    assert isinstance(found, Discovery)
    way = way_in(found)
    assert way is not None
    server = Server(way[0].url, SECRET, "meaux", way[1])
    services = ask(lambda client: There(client, server).services())
    assert isinstance(services, Found)
    assert [(one.service_code, type(one)) for one in services.items] == [(code, Service)]

    drawn = io.BytesIO()
    Image.new("RGB", (64, 48), "grey").save(drawn, "JPEG")
    photo = Photograph("trou.jpg", "image/jpeg", drawn.getvalue())
    reference = str(uuid4())
    report = Report(reference, code, "Éteint & cassé", HERE.latitude, HERE.longitude, photographs=(photo,))
    created = ask(lambda client: There(client, server).post(report))
    assert isinstance(created, Created)
    assert ask(lambda client: There(client, server).post(report)) == created
    again = ask(lambda client: There(client, server).token(reference))
    assert again == Created(created.service_request_id, reference)
    row = Row.objects.get()
    assert (row.reference, row.text, row.photos.count()) == (created.service_request_id, "Éteint & cassé", 1)

    word = NewUpdate("u1", row.reference, Stage.OPEN, utc_now(), "Encore là")
    assert isinstance(ask(lambda client: There(client, server).post_update(word)), UpdateCreated)
    assert Line.objects.get(kind="said").text == "Encore là"
    mend_report(report=row, said=Said("Rebouché."), by=None, now=utc_now())
    now = utc_now() + timedelta(seconds=2)
    told = ask(lambda client: There(client, server).updates(now - timedelta(hours=1), now))
    assert isinstance(told, Found)
    assert [(one.status, one.description) for one in told.items] == [
        (Stage.FIXED, "Encore là"),
        (Stage.FIXED, "Rebouché."),
    ]
    seen = ask(lambda client: There(client, server).requests([row.reference]))
    assert isinstance(seen, Found)
    assert [(one.status, one.status_notes) for one in seen.items] == [(Status.CLOSED, "Rebouché.")]


def test_a_program_that_knows_json_and_nothing_of_us(town: Town, tmp_path: Path) -> None:
    code, host = opened(town, tmp_path), urlsplit(town.address).netloc

    def asked(method: str, path: str, told: dict[str, str] | None = None) -> tuple[int, object]:
        line = http.client.HTTPConnection(host, timeout=PATIENCE)
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        line.request(method, f"/open311/meaux/v2/{path}.{Format.JSON}", urlencode(told or {}), headers)
        answer = line.getresponse()
        status, body = answer.status, json.loads(answer.read())
        line.close()
        return status, body

    place = {"lat": str(HERE.latitude), "long": str(HERE.longitude)}
    told = {"api_key": SECRET, "service_code": code, "description": "Un trou", **place}
    status, created = asked("POST", "requests", told)
    assert (status, isinstance(created, list)) == (200, True)
    assert asked("POST", "requests", {**told, "api_key": "another"})[0] == 403
    assert asked("POST", "requests", {**told, "description": "x" * 4001})[0] == 400
    status, found = asked("GET", "requests")
    assert status == 200
    assert isinstance(found, list)
    assert [one["description"] for one in found] == ["Un trou"]
