"""The sizes that the specification and the decision record state are those of real tokens."""

from pathlib import Path

from tests.protocol.protocol_world import World

DOCS = Path(__file__).parents[2] / "docs"


def test_the_chain_of_the_sources(world: World) -> None:
    chain, grant = world.chain(), world.grant()
    assert f"{len(chain):,} bytes" in (DOCS / "spec" / "gate.md").read_text()
    decided = (DOCS / "adr" / "0002-capability-chains.md").read_text()
    assert f"{len(chain):,} bytes" in decided
    assert f"{len(grant)} bytes for a grant" in decided
    assert abs((len(chain) - len(grant)) / 3 - 410) < 5


def test_five_links_fit(world: World) -> None:
    assert len(world.chain(links=5)) < 4096
