"""Whoever looks after devices sees which are silent, late or short of events, and tells one of them something."""

from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Page, expect

from beffroi.adapters.keystore import KeyStore
from beffroi.kernel.devices import factories
from beffroi.kernel.devices.actions.commands import close_command, sign_next_command
from beffroi.kernel.devices.actions.health import note_listening
from beffroi.kernel.devices.actions.intake import note_asked
from beffroi.kernel.devices.factories import FieldDevice, in_service
from beffroi.kernel.devices.jobs import sweep
from beffroi.kernel.devices.models import Command
from beffroi.kernel.grants.actions.keys import prepare_keyset, take_keyset, take_roots
from beffroi.kernel.grants.queries import signing_key
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.jwk import octet_key
from beffroi.protocol.v1.keyset import Use
from tests.journeys.browser import Town, faults, log_in

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def keys(town: Town, folder: Path) -> factories.Town:
    """The authority's first key set is in force."""
    now, first, second = utc_now() - 3 * HOUR, Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    take_roots(authority=town.authority.id, first=octet_key(first), second=octet_key(second), by=None)
    store = KeyStore(folder)
    token = prepare_keyset(store, authority=town.authority.id, root=first, now=now)
    take_keyset(authority=town.authority.id, token=token, by=None, now=now)
    return factories.Town(town.authority, store, first)


def street(owner: factories.Town) -> FieldDevice:
    """A device that is well, one that is late; returns the late one."""
    now = utc_now()
    start = now - 2 * HOUR
    well, late = (in_service(owner, now=start, name=f"PM-77284-000{number}") for number in (1, 2))
    note_listening(process="ingest-1", since=start, now=now)
    note_asked(device=well.id, keyset=1, revocations=(1, 1), now=now)
    note_asked(device=late.id, keyset=1, revocations=(1, 1), now=now - 30 * MINUTE)
    sweep(lambda: now)
    return late


def obeyed(owner: factories.Town, device: FieldDevice) -> None:
    """What the ingest process and the device do."""
    signer = signing_key(owner.store, authority=owner.authority.id, use=Use.SERVER_MESSAGE, now=utc_now())
    assert sign_next_command(device=device.id, signer=signer, keyset=1, now=utc_now())
    close_command(device=device.id, command=str(Command.objects.get().pk), outcome="done")


def test_a_late_device_is_seen_told_something_and_followed(town: Town, visitor: Page, tmp_path: Path) -> None:
    owner = town.act(lambda: keys(town, tmp_path))
    late = town.act(lambda: street(owner))
    log_in(visitor, town.administrator)
    visitor.get_by_role("link", name="Équipements").first.click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Équipements")
    rows = visitor.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("En retard, déclaré muet dans")
    expect(rows.nth(2)).to_contain_text("En ordre")
    assert faults(visitor) == []
    visitor.get_by_role("link", name="PM-77284-0002").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("PM-77284-0002")
    visitor.get_by_role("button", name="Dire ce qu’il détient et comment il va").click()
    expect(visitor.get_by_text("Attend l’équipement")).to_be_visible()
    assert faults(visitor) == []
    town.act(lambda: obeyed(owner, late))
    expect(visitor.get_by_text("faite")).to_be_visible()  # the page comes again by itself
