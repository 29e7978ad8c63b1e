"""What a stranger fetches: checkpoint, tiles, proofs; and nothing else of the folder."""

import base64
from collections.abc import Iterator
from types import ModuleType
from uuid import uuid4

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from ninja import NinjaAPI
from ninja.testing import TestClient

from beffroi.config import urls as all_urls
from beffroi.kernel.register import urls as register_urls
from beffroi.kernel.register.api import router
from beffroi.kernel.register.factories import HOST, Town
from beffroi.kernel.register.queries.receipts import receipt_of
from beffroi.persistence.problems import Problem, problem_response
from beffroi.protocol.register.checkpoint import open_checkpoint
from beffroi.protocol.register.errors import BadProof
from beffroi.protocol.register.merkle import Frontier, leaf_hash, verify_consistency, verify_inclusion
from beffroi.protocol.register.receipt import parse_receipt, verify_receipt
from beffroi.protocol.register.tiles import ENTRIES, Tile, split_hashes, unpack_entries


@pytest.fixture
def public(town: Town) -> Iterator[Client]:
    urls = ModuleType("urls")
    urls.__dict__["urlpatterns"] = [*register_urls.urlpatterns, *all_urls.urlpatterns]
    with override_settings(BEFFROI_HOME=town.home, BEFFROI_REGISTER_HOST=HOST, ROOT_URLCONF=urls):
        yield Client()


def refused(_request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(problem.status, problem.code, problem.message)


@pytest.fixture(scope="module")
def proofs() -> TestClient:
    api = NinjaAPI(urls_namespace="register-tests")
    api.add_router("", router)
    api.exception_handler(Problem)(refused)
    return TestClient(api)


def test_a_stranger_rebuilds_the_tree_from_what_is_served(town: Town, public: Client) -> None:
    town.acts(300)
    town.sequence()
    base = f"/register/{town.authority}"
    answer = public.get(f"{base}/checkpoint")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    checkpoint = open_checkpoint(answer.content.decode(), town.vkeys())
    tree = Frontier()
    for tile in (Tile(ENTRIES, 0), Tile(ENTRIES, 1, 44)):
        bundle = public.get(f"{base}/{tile.path}")
        assert "immutable" in bundle["Cache-Control"]
        hashes = [leaf_hash(entry) for entry in unpack_entries(bundle.content, tile.width)]
        level0 = public.get(f"{base}/{Tile(0, tile.index, tile.width).path}")
        assert hashes == split_hashes(level0.content, tile.width)
        tree.extend(hashes)
    assert (tree.size, tree.root()) == (checkpoint.size, checkpoint.root)


@pytest.mark.parametrize(
    "path",
    [
        "tile/entries/000", "tile/0/000.p/7", "tile/../checkpoint", "tile/0/..%2f..%2fcheckpoint", ".lock", "end",
        "tile/entries/../../../../keys/installation", "tile/entries/%2e%2e/%2e%2e/.lock",
    ],
)  # fmt: skip
def test_nothing_else_is_served(town: Town, public: Client, path: str) -> None:
    town.acts(3)
    town.sequence()
    assert public.get(f"/register/{town.authority}/checkpoint").status_code == 200
    assert public.get(f"/register/{town.authority}/{path}").status_code == 404


@pytest.mark.parametrize("log", ["..", ".", "keys", "INSTALLATION", "installation.1", "installation.02", "%2e%2e"])
def test_a_log_is_named_one_way(town: Town, public: Client, log: str) -> None:
    assert public.get(f"/register/{log}/checkpoint").status_code == 404


def test_proofs_lead_to_the_signed_root(town: Town, public: Client, proofs: TestClient) -> None:
    town.acts(5)
    town.sequence()
    older = town.published()
    town.acts(295)
    town.sequence()
    now = town.published()
    body = next(town.archive.entries(7, 8, 300))
    answer = proofs.get(f"/{town.authority}/inclusion?index=7&size=300")
    proof = [base64.b64decode(step) for step in answer.json()["proof"]]
    verify_inclusion(index=7, size=300, leaf=leaf_hash(body), proof=proof, root=now.root)
    answer = proofs.get(f"/{town.authority}/consistency?old=5&new=300")
    proof = [base64.b64decode(step) for step in answer.json()["proof"]]
    verify_consistency(old=5, new=300, old_root=older.root, new_root=now.root, proof=proof)


@pytest.mark.parametrize(
    "question",
    ["inclusion?index=3&size=3", "inclusion?index=-1&size=3", "inclusion?index=0&size=4", "consistency?old=0&new=3",
     "consistency?old=3&new=2", "consistency?old=1&new=9"],
)  # fmt: skip
def test_what_cannot_be_proven_is_a_problem(town: Town, public: Client, proofs: TestClient, question: str) -> None:
    town.acts(3)
    town.sequence()
    answer = proofs.get(f"/{town.authority}/{question}")
    assert (answer.status_code, answer.json()["code"]) == (404, "proof-unknown")
    assert proofs.get(f"/{uuid4()}/{question}").status_code == 404
    assert proofs.get(f"/nowhere/{question}").json()["code"] == "log-unknown"


def test_a_receipt_comes_with_the_checkpoint_and_verifies_by_itself(town: Town, public: Client) -> None:
    identifiers = town.acts(300)
    assert receipt_of(identifiers[9]) is None
    town.sequence()
    receipt = receipt_of(identifiers[9], opened={"number"})
    assert receipt is not None
    proven = verify_receipt(parse_receipt(receipt.to_bytes()), town.vkeys())
    assert (proven.index, {name: item.value for name, item in proven.openings.items()}) == (9, {"number": 9})
    assert receipt_of(uuid4()) is None


def test_a_receipt_that_would_not_hold_is_not_given(town: Town, public: Client) -> None:
    identifiers = town.acts(300)
    town.sequence()
    path = town.archive.folder / Tile(0, 0).path
    path.write_bytes(bytes(len(path.read_bytes())))
    with pytest.raises(BadProof):
        receipt_of(identifiers[9])
