"""What there is before anybody types: an empty folder, the wheel installed, a town's directory, its network of contacts."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.adapters.townbroker import TownBroker, town_broker
from tests.cli.test_up import eventually
from tests.directory import Directory, directory
from tests.install import wheel
from tests.morning.neighbour import Neighbour
from tests.morning.officer import NAME, Officer, ended
from tests.morning.telling import Telling
from tests.morning.visitor import Page, Visitor
from tests.shape.tree import ROOT


@dataclass
class Morning:
    """Who and what there is. `aside` is what no loss of the server takes away: the safe, the share of backups, the paper."""

    folder: Path
    told: Telling
    officer: Officer
    visitor: Visitor
    hall: Directory
    campus: TownBroker
    neighbour: Neighbour | None = None
    paper: dict[str, str] = field(default_factory=dict)

    @property
    def safe(self) -> Path:
        return self.folder / "safe"

    @property
    def root(self) -> Path:
        """The first of the two."""
        return self.safe / "root-1.jwk"

    @property
    def share(self) -> Path:
        return self.folder / "share"

    def reads(self, url: str, words: str) -> Page:
        """A page that comes to say so."""
        pages: list[Page] = []

        def says() -> bool:
            pages.append(self.visitor.goes(url))
            return words in pages[-1].text

        eventually(says, lambda: f"{url} never says {words!r}: {pages[-1].text}")
        return pages[-1]


Step = tuple[str, Callable[[Morning], None]]


def install(folder: Path, told: Telling) -> Path:
    """Step 1 of install.md, with the extra of directory.md; where the programs are."""
    release = wheel.built()
    programs = wheel.environment(folder / "releases" / wheel.version_of(release), release)
    needs = ROOT / "requirements" / "ldap.txt"
    wheel.run(wheel.UV, "pip", "install", "--quiet", "--require-hashes", "-r", needs, VIRTUAL_ENV=str(programs.parent))
    told.say(f"{release.name} in {programs.parent}")
    return programs


@contextmanager
def morning(folder: Path, told: Telling) -> Iterator[Morning]:
    """All of it, gone when it ends."""
    with ExitStack() as held:
        with told.step("Install the wheel"):
            programs = install(folder, told)
        home = folder / "first" / "home"
        home.parent.mkdir(mode=0o711)
        officer = held.enter_context(ended(Officer(programs, home)))
        hall = held.enter_context(directory())
        campus = held.enter_context(town_broker(folder / "campus"))
        yield Morning(folder, told, officer, Visitor(NAME, officer.ports[0], ""), hall, campus)
