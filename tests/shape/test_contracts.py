"""The import contracts themselves: a house that keeps them all is kept, and a stone out of place breaks the contract that names it."""

import configparser
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from importlinter import configuration
from importlinter.application import use_cases

from tests.shape.tree import ROOT, SRC

INI = ROOT / "importlinter.ini"
PACKAGE = "skeleton"  # a name of its own: the real package is imported already

# The legitimate calls of the house, "module: what it imports" ("." is its own app): every floor, every kernel app (built or not),
# two systems, each file of an app's shape.
PLAN = """
__main__: cli.main
cli.main: config.environment simulator.world edge.lock.core protocol.register.verify
config.environment: lib.clock
config.urls: web.pages systems.cabinets.urls kernel.register.api
web.pages: django kernel.territory.queries kernel.accounts.actions
web.shell: kernel.territory.queries
lib.clock: datetime
lib.viewer: lib.clock
protocol.v1.grant: cryptography lib.clock
protocol.register.entry: rfc8785
protocol.register.verify: protocol.register.entry
edge.lock.core: edge.device.store protocol.v1.grant lib.clock
edge.relay.core: edge.device.store protocol.v1.grant
edge.device.store: protocol.v1.grant
simulator.world: edge.lock.core protocol.v1.grant
adapters.archive.errors:
adapters.directory.errors:
adapters.oidc.errors:
adapters.sensors.saying:
adapters.tls.errors:
adapters.spreadsheet.errors:
adapters.storage.errors:
adapters.open311.errors:
adapters.pdf.errors:
adapters.sms.errors:
adapters.process.child: subprocess
adapters.http.client: lib.clock
adapters.push.sender: adapters.http.client
adapters.webhook.sender: adapters.http.client
adapters.mail.sender: lib.clock
adapters.postgres.launcher: adapters.process.child
adapters.mqtt.client: adapters.process.child lib.clock
adapters.keystore: protocol.v1.grant
adapters.box: protocol.v1.grant
persistence.acts: django
kernel.register.apps: .registry
kernel.register.api: .queries
kernel.register.sequencer: .actions.sequencing
kernel.register.actions.entries: persistence.acts .models .registry .rules .errors protocol.register.entry
kernel.register.actions.sequencing: .queries
kernel.register.queries: .models
kernel.register.models: django
kernel.register.registry: .rules .errors
kernel.register.rules: protocol.register.entry .errors
kernel.register.errors:
kernel.accounts.apps: .allauth_adapter .registry
kernel.accounts.allauth_adapter: allauth .actions .models
kernel.accounts.actions: .models kernel.register.actions.entries persistence.acts
kernel.accounts.models: django
kernel.accounts.registry: kernel.register.registry
kernel.accounts.factories: .actions
kernel.territory.apps: .registry
kernel.territory.actions: .models kernel.accounts.models kernel.register.actions.entries
kernel.territory.queries: .models lib.viewer
kernel.territory.models: django
kernel.territory.registry: kernel.register.registry
kernel.counter.actions: .models kernel.register.actions.entries kernel.territory.queries
kernel.counter.models: django
kernel.deadlines.worker: .registry .actions
kernel.deadlines.actions: .models kernel.register.actions.entries
kernel.deadlines.models: django
kernel.deadlines.registry:
kernel.grants.minter: .actions adapters.keystore
kernel.grants.actions: .models .rules kernel.deadlines.actions kernel.territory.queries
kernel.grants.models: .rules
kernel.grants.rules: protocol.v1.grant
kernel.alerts.actions: .models .registry kernel.grants.queries
kernel.alerts.models: django
kernel.alerts.registry:
kernel.grants.queries: .models
kernel.devices.api: ninja .relay .schemas
kernel.devices.ingest: adapters.mqtt.client .actions
kernel.devices.relay: adapters.mqtt.client .queries
kernel.devices.schemas: ninja
kernel.devices.actions: .models .registry kernel.alerts.actions protocol.v1.grant
kernel.devices.queries: .models
kernel.devices.models: django
kernel.devices.registry:
kernel.retention.jobs: .actions
kernel.retention.queries: django
kernel.retention.actions: kernel.alerts.actions kernel.register.actions.entries
kernel.imports.actions: .models
kernel.imports.models: django
kernel.contacts.ingest: adapters.mqtt.client .actions
kernel.contacts.actions: .models .queries .registry kernel.alerts.actions
kernel.contacts.queries: .models
kernel.contacts.models: django
kernel.contacts.registry:
kernel.directory.jobs: adapters.directory.asking .actions .queries
kernel.directory.actions: .models .queries kernel.alerts.actions kernel.territory.actions
kernel.directory.queries: .models adapters.directory.errors
kernel.directory.models: django
kernel.provider.jobs: adapters.oidc.errors .actions .queries
kernel.provider.actions: .queries kernel.directory.actions
kernel.provider.queries: kernel.directory.models
kernel.factors.actions: .models .queries kernel.territory.queries
kernel.factors.queries: .models
kernel.factors.models: django
kernel.safe.actions: .models .queries kernel.alerts.actions
kernel.safe.queries: .models
kernel.safe.models: django
kernel.screens.queries: .models .registry
kernel.screens.models: django
kernel.townhall.pages: .actions .queries
kernel.townhall.actions: .models kernel.grants.actions kernel.register.actions.entries
kernel.townhall.queries: .models kernel.retention.queries
kernel.townhall.models: django
kernel.upkeep.pages: .actions .queries
kernel.upkeep.actions: .models kernel.alerts.actions kernel.register.actions.entries
kernel.upkeep.queries: .models kernel.devices.relay
kernel.upkeep.models: django
systems.cabinets.apps: kernel.devices.registry .actions
systems.cabinets.urls: .pages
systems.cabinets.pages: .forms .actions .queries
systems.cabinets.forms: django
systems.cabinets.actions: .models .rules .errors kernel.grants.actions kernel.register.actions.entries persistence.acts
systems.cabinets.queries: .models kernel.territory.queries
systems.cabinets.models: django
systems.cabinets.rules: .errors lib.clock
systems.cabinets.errors:
systems.situations.apps: kernel.alerts.registry .actions
systems.situations.actions: kernel.devices.queries
"""


@dataclass(frozen=True)
class Stone:
    """An import put where it must not stand, and the contract that must say so."""

    module: str
    imports: str
    contract: str


FLOORS = "The floors of the house"
STONES: dict[str, Stone] = {
    "a lower floor imports a higher one": Stone("lib.clock", "protocol.v1.grant", FLOORS),
    "an adapter imports persistence": Stone("adapters.mqtt.client", "persistence.acts", FLOORS),
    "persistence learns a word of the domain": Stone("persistence.acts", "kernel.register.rules", FLOORS),
    "the kernel imports a system": Stone("kernel.grants.rules", "systems.cabinets.errors", FLOORS),
    "the kernel imports the shell": Stone("kernel.territory.queries", "web.shell", FLOORS),
    "a folder of no floor": Stone("tools.things", "", FLOORS),
    "the server imports a program of the edge": Stone(
        "kernel.devices.ingest",
        "edge.lock.core",
        "The server never imports the programs of the edge, nor the simulator",
    ),
    "the server imports the simulator": Stone(
        "systems.cabinets.actions",
        "simulator.world",
        "The server never imports the programs of the edge, nor the simulator",
    ),
    "the edge imports Django": Stone(
        "edge.lock.core", "django", "The edge, the simulator and the protocol run without Django"
    ),
    "the protocol reaches Django through the library": Stone(
        "lib.clock", "django.utils", "The edge, the simulator and the protocol run without Django"
    ),
    "a program of the edge imports another": Stone(
        "edge.relay.core",
        "edge.lock.core",
        "Programs of the edge know nothing of one another, and build on what fits any device",
    ),
    "what fits any device learns of one program": Stone(
        "edge.device.store",
        "edge.lock.core",
        "Programs of the edge know nothing of one another, and build on what fits any device",
    ),
    "a system imports a system": Stone(
        "systems.situations.actions", "systems.cabinets.queries", "Systems never import one another"
    ),
    "the kernel looks upwards": Stone("kernel.territory.actions", "kernel.grants.rules", "Order inside the kernel"),
    "the register has a foreign idea": Stone(
        "kernel.register.models", "kernel.accounts.models", "Order inside the kernel"
    ),
    "siblings of the kernel meet": Stone(
        "kernel.retention.actions", "kernel.devices.queries", "Order inside the kernel"
    ),
    "a kernel app that nobody declared": Stone("kernel.messages.models", "", "Order inside the kernel"),
    "one family of formats imports another": Stone(
        "protocol.v1.grant", "protocol.register.entry", "Families of formats stand beside one another"
    ),
    "an adapter imports another": Stone(
        "adapters.mqtt.client",
        "adapters.keystore",
        "One adapter for one protocol of the outside; running a child and asking a stranger's server are shared",
    ),
    "a query writes by an action": Stone(
        "systems.cabinets.queries",
        "systems.cabinets.actions",
        "Every app has the same shape, read from the top down",
    ),
    "models know workflow": Stone(
        "kernel.register.models",
        "kernel.register.queries",
        "Every app has the same shape, read from the top down",
    ),
    "a stray module in an app": Stone(
        "systems.cabinets.utils", "", "Every app has the same shape, read from the top down"
    ),
    "a system imports the kernel's models": Stone(
        "systems.cabinets.queries",
        "kernel.territory.models",
        "A system never imports the models of the kernel (foreign keys go by name)",
    ),
    "the shell imports the kernel's models": Stone(
        "web.pages",
        "kernel.accounts.models",
        "A system never imports the models of the kernel (foreign keys go by name)",
    ),
    "rules import Django": Stone("systems.cabinets.rules", "django.utils", "Rules are pure Python"),
    "rules reach Django through what they import": Stone("kernel.register.errors", "django", "Rules are pure Python"),
}


def modules() -> dict[str, list[str]]:
    """The plan, read: full name of each module and of what it imports."""
    found = {}
    for line in PLAN.strip().splitlines():
        module, _, imports = line.partition(":")
        app = ".".join(module.split(".")[:2])
        found[module] = [app + name if name.startswith(".") else name for name in imports.split()]
    return found


def build(folder: Path, house: dict[str, list[str]]) -> Path:
    """Write the house as a package; returns the contracts' file, which speaks of it."""
    floors = {module.partition(".")[0] for module in house}
    for module, imports in house.items():
        path = folder.joinpath(PACKAGE, *module.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        ours = [f"{PACKAGE}.{name}" if name.partition(".")[0] in floors else name for name in imports]
        path.write_text("".join(f"import {name}\n" for name in ours))
    for inside in [folder / PACKAGE, *(folder / PACKAGE).rglob("*")]:
        if inside.is_dir():
            (inside / "__init__.py").touch()
    ini = folder / "importlinter.ini"
    ini.write_text(re.sub(r"\bbeffroi\b", PACKAGE, INI.read_text()))
    return ini


def broken(folder: Path, house: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the contracts that the house breaks."""
    ini = build(folder, house)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    configuration.configure()
    options = use_cases.read_user_options(config_filename=str(ini))
    use_cases._register_contract_types(options)
    report = use_cases.create_report(options, cache_dir=None)
    assert not report.could_not_run
    return {contract.name for contract, check in report.get_contracts_and_checks() if not check.kept}


def test_a_house_in_order_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert broken(tmp_path, modules(), monkeypatch) == set()


@pytest.mark.parametrize("name", STONES)
def test_a_stone_out_of_place_is_seen(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stone, house = STONES[name], modules()
    house[stone.module] = [*house.get(stone.module, []), *stone.imports.split()]
    assert stone.contract in broken(tmp_path, house, monkeypatch)


def contracts() -> dict[str, configparser.SectionProxy]:
    parser = configparser.ConfigParser()
    parser.read(INI)
    return {
        parser[name]["name"]: parser[name] for name in parser.sections() if name.startswith("importlinter:contract")
    }


def test_every_contract_is_tried() -> None:
    assert set(contracts()) == {stone.contract for stone in STONES.values()}


@pytest.mark.parametrize(
    "name",
    [
        FLOORS,
        "Order inside the kernel",
        "One adapter for one protocol of the outside; running a child and asking a stranger's server are shared",
    ],
)
def test_what_is_built_has_lost_its_parentheses(name: str) -> None:
    """A layer in parentheses may be missing: one that exists could vanish unseen if it kept them."""
    section = contracts()[name]
    folder = SRC.joinpath(*section["containers"].strip().split(".")[1:])
    tails = [tail.strip() for line in section["layers"].split() for tail in line.split("|") if tail.strip()]
    built = {
        tail for tail in tails if (folder / tail.strip("()")).is_dir() or (folder / f"{tail.strip('()')}.py").is_file()
    }
    assert {tail for tail in tails if tail.startswith("(")} & built == set(), "built: take its parentheses away"
    assert {tail for tail in tails if not tail.startswith("(")} <= built, "not built: put it in parentheses"
