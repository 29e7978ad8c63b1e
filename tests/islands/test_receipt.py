"""A receipt that the register's own code made, checked by the reader's browser."""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import BrowserContext, Page, expect

from beffroi.protocol.register.checkpoint import Checkpoint, sign_checkpoint
from beffroi.protocol.register.entry import Opening, commitment, entry_bytes
from beffroi.protocol.register.merkle import Frontier, inclusion_proof, leaf_hash, perfect_root
from beffroi.protocol.register.note import verifier_key
from beffroi.protocol.register.receipt import Receipt
from tests.islands.street import Street
from tests.protocol.protocol_world import World

LOG = "7b0a2c5e-1d3f-4a6b-8c9d-0e1f2a3b4c5d"
ORIGIN = f"meaux.example/register/{LOG}"
KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"checkpoints").digest())
SIZE, INDEX = 300, 257


def receipt_bytes() -> bytes:
    """The receipt of one opening in a log of 300 entries."""
    values: dict[str, str | int] = {"gate": "gate-7", "reason": "admitted", "sequence": 41}
    openings = {name: Opening(value, sha256(name.encode()).digest()) for name, value in values.items()}
    fields = {name: commitment(opening.salt, opening.value) for name, opening in openings.items()}
    entry = entry_bytes(kind="cabinet.use", log=LOG, at="2026-11-22T05:41Z", fields=fields)
    leaves = [leaf_hash(entry if n == INDEX else b"leaf %d" % n) for n in range(SIZE)]
    frontier = Frontier()
    frontier.extend(leaves)
    return Receipt(
        origin=ORIGIN,
        index=INDEX,
        entry=entry,
        proof=tuple(inclusion_proof(INDEX, SIZE, node_of(leaves))),
        checkpoint=sign_checkpoint(Checkpoint(ORIGIN, SIZE, frontier.root()), [KEY]),
        openings=openings,
    ).to_bytes()


def node_of(leaves: Sequence[bytes]) -> Callable[[int, int], bytes]:
    return lambda level, index: perfect_root(leaves[index << level : (index + 1) << level])


def opened(phone: BrowserContext, data: bytes, keys: str) -> Page:
    street = Street(World(), "receipt")
    street.html = lambda text: text.replace('data-file=""', 'data-file="/receipt.json"').replace(
        'data-keys=""', f'data-keys="{keys}"'
    )
    street.files["/receipt.json"] = data
    return street.open_in(phone)


def shown(page: Page) -> dict[str, str]:
    """The words of each check, by its name."""
    lines = page.locator("[data-check]")
    return {str(line.get_attribute("data-check")): line.inner_text().strip() for line in lines.all()}


def test_a_receipt_holds_with_the_servers_key_and_says_whose_word_that_is(phone: BrowserContext) -> None:
    page = opened(phone, receipt_bytes(), str(verifier_key(ORIGIN, KEY)))
    expect(page.get_by_text("with the key that this server gives")).to_be_visible()
    assert shown(page) == {
        "signature": "The checkpoint is signed by the register’s key.",
        "entry": "The entry is one of this log.",
        "inclusion": "The entry is at its place in the register.",
        "openings": "The values are those that were recorded.",
    }
    page.get_by_text("Signed checkpoint and opened values").click()
    expect(page.locator("[data-fields]")).to_contain_text("admitted")
    expect(page.locator("pre")).to_contain_text(ORIGIN)


def test_with_a_key_from_elsewhere_it_is_proven(phone: BrowserContext) -> None:
    page = opened(phone, receipt_bytes(), "")
    expect(page.get_by_text("The receipt can't be read.")).to_be_visible()
    page.get_by_label("Key of the register").fill("not a key")
    page.get_by_role("button", name="Check with this key").click()
    expect(page.get_by_text("This is not a key of a register.")).to_be_visible()
    page.get_by_label("Key of the register").fill(str(verifier_key(ORIGIN, KEY)))
    page.get_by_role("button", name="Check with this key").click()
    expect(page.get_by_text("with the key that you brought")).to_be_visible()


def test_a_server_that_signs_with_another_key_is_found_out(phone: BrowserContext) -> None:
    other = Ed25519PrivateKey.from_private_bytes(sha256(b"another").digest())
    page = opened(phone, receipt_bytes(), str(verifier_key(ORIGIN, KEY)))
    page.get_by_label("Key of the register").fill(str(verifier_key(ORIGIN, other)))
    page.get_by_role("button", name="Check with this key").click()
    expect(page.get_by_text("This receipt does not hold.")).to_be_visible()
    assert shown(page)["signature"] == "The checkpoint is not signed by that key."
    assert shown(page)["inclusion"] == "The entry is at its place in the register."


def test_a_checkpoint_from_elsewhere_is_compared(phone: BrowserContext) -> None:
    data = receipt_bytes()
    page = opened(phone, data, str(verifier_key(ORIGIN, KEY)))
    expect(page.get_by_text("with the key that this server gives")).to_be_visible()
    page.get_by_label("Checkpoint from a mirror").fill(json.loads(data)["checkpoint"])
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("The same checkpoint.")).to_be_visible()
    page.get_by_label("Checkpoint from a mirror").fill("a letter to the mayor")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("This is not a signed checkpoint.")).to_be_visible()


def change_value(item: dict[str, dict[str, dict[str, object]]]) -> None:
    item["open"]["sequence"]["value"] = 42


def change_index(item: dict[str, object]) -> None:
    item["index"] = INDEX - 1


@pytest.mark.parametrize(
    ("change", "check", "words"),
    [
        (change_value, "openings", "A value is not the one that was recorded."),
        (change_index, "inclusion", "The entry is not at that place."),
    ],
)
def test_what_was_changed_is_named(
    phone: BrowserContext, change: Callable[[dict[str, object]], None], check: str, words: str
) -> None:
    item = json.loads(receipt_bytes())
    change(item)
    page = opened(phone, json.dumps(item).encode(), str(verifier_key(ORIGIN, KEY)))
    expect(page.get_by_text("This receipt does not hold.")).to_be_visible()
    assert shown(page)[check] == words
