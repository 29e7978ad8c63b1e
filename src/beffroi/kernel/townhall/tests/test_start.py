"""First steps: facts are looked at, the rest is ticked; the inventory is the town's own table."""

import re
from pathlib import Path

import pytest
from django.test import Client, override_settings

from beffroi.kernel.devices.factories import town
from beffroi.kernel.territory.factories import make_member
from beffroi.kernel.townhall.factories import Desk, browser
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

LINE = {
    "kind": "cabinets",
    "place": "Beauval district",
    "count": "30",
    "owner": "Fibre 77",
    "connected": "some",
    "answers": "the operator’s desk",
}
INVENTORY = "/start/meaux/inventory/"


def state(client: Client, step: str) -> str:
    """What the list says of a step, without its markup."""
    page = client.get("/start/meaux/").content.decode()
    found = re.search(rf'id="step-{re.escape(step)}">(.*?)</li>', page, re.DOTALL)
    assert found, step
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_a_fact_makes_a_step_done_and_undone(admin: Client) -> None:
    assert state(admin, "contact").startswith("Still to do")
    admin.post("/settings/meaux/contact/", {"address": "a", "phone": "1", "email": "a@b.example"})
    assert state(admin, "contact").startswith("Step done")
    admin.post("/settings/meaux/contact/", {"address": "", "phone": "1", "email": "a@b.example"})
    assert state(admin, "contact").startswith("Still to do")


def test_what_is_missing_is_named_where_it_is_to_be_done(admin: Client) -> None:
    assert "missing: the postal address" in state(admin, "notice")


def test_https_and_mail_are_read_from_the_installation(admin: Client) -> None:
    with override_settings(BEFFROI_PUBLIC_URL="http://localhost:8000", BEFFROI_SMTP_URL=None):
        assert state(admin, "https").startswith("Still to do")
        assert state(admin, "mail").startswith("Still to do")
    with override_settings(BEFFROI_PUBLIC_URL="https://beffroi.example", BEFFROI_SMTP_URL="smtp://mail.example"):
        assert state(admin, "https").startswith("Step done")
        assert state(admin, "mail").startswith("Step done")


def test_roots_are_put_away_when_their_files_are_gone(db: None, tmp_path: Path) -> None:
    keys = town(tmp_path, now=utc_now())
    slug = keys.authority.slug
    admin = browser(make_member("Ada", keys.authority.organisation, Role.ADMINISTRATOR))
    place = tmp_path / "keys" / str(keys.authority.id) / "roots"
    place.mkdir(parents=True)
    root = place / "root-1.jwk"
    root.write_text("{}")
    with override_settings(BEFFROI_HOME=tmp_path):
        assert "1 root is still on this machine" in admin.get(f"/start/{slug}/").content.decode()
        root.unlink()
        assert "neither root is on this machine" in admin.get(f"/start/{slug}/").content.decode()


def test_a_tick_says_who_and_can_be_taken_back(desk: Desk, admin: Client) -> None:
    assert admin.post("/start/meaux/steps/witness/").status_code == 302
    assert admin.post("/start/meaux/steps/witness/").status_code == 302, "twice is once"
    assert "Ada Lemoine said so" in state(admin, "witness")
    admin.post("/start/meaux/steps/witness/", {"undone": "1"})
    assert state(admin, "witness").startswith("Still to do")


@pytest.mark.parametrize("step", ["https", "contact", "backup", "nothing"])
def test_what_can_be_known_is_never_ticked(admin: Client, step: str) -> None:
    assert admin.post(f"/start/meaux/steps/{step}/").status_code == 404


def test_the_inventory_is_written_once_changed_and_taken_out(admin: Client) -> None:
    assert admin.post(INVENTORY, LINE).status_code == 302
    again = admin.post(INVENTORY, LINE)
    assert again.status_code == 422
    assert "in the inventory already" in again.content.decode()
    assert "the operator’s desk" in again.content.decode()
    assert "1 line is written" in state(admin, "inventory")
    row = re.search(rf'href="({INVENTORY}[0-9a-f-]+/)"', admin.get(INVENTORY).content.decode())
    assert row
    assert admin.post(row[1], {**LINE, "count": "80"}).status_code == 302
    assert ";80;" in admin.get("/start/meaux/inventory.csv").content.decode("utf-8-sig")
    gone = admin.post(row[1], {"remove": "1"})
    assert gone["Location"] == f"{INVENTORY}#add", "whom to reach is in no address"
    out = admin.get(INVENTORY).content.decode()
    assert 'value="Beauval district"' in out, "a mistake is undone by writing it down again"
    assert "Nothing is written yet" in out
    assert 'value="Beauval' not in admin.get(INVENTORY).content.decode()


def test_what_somebody_wrote_is_no_formula_of_a_spreadsheet(admin: Client) -> None:
    admin.post(INVENTORY, {**LINE, "place": "=HYPERLINK(1)", "answers": "+33 1 99 00 00 00"})
    table = admin.get("/start/meaux/inventory.csv").content.decode("utf-8-sig")
    assert ";'=HYPERLINK(1);30;Fibre 77;some of them;'+33 1 99 00 00 00" in table


def test_a_wrong_line_comes_back(admin: Client) -> None:
    answer = admin.post(INVENTORY, {**LINE, "count": "many"})
    assert answer.status_code == 422
    assert 'value="many"' in answer.content.decode()


def test_it_is_the_administrators_alone(desk: Desk, admin: Client) -> None:
    admin.post(INVENTORY, LINE)
    for person in (desk.alice, desk.charlie, desk.dave):
        client = browser(person)
        for path in ("/start/meaux/", INVENTORY, "/start/meaux/inventory.csv"):
            assert client.get(path).status_code == 404
        assert client.post("/start/meaux/steps/witness/").status_code == 404
