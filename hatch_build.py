"""A wheel holds the built front end and the compiled catalogues, or isn't made: nobody who installs one has Node or gettext."""

import json
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = Path("src/beffroi")
BUILT = PACKAGE / "web/static/built"


def missing(root: Path) -> list[str]:
    """What a wheel of this source would lack: files of the front end that its manifest names, catalogues that were not compiled."""
    manifest = root / BUILT / "manifest.json"
    if not manifest.is_file():
        return [str(BUILT)]
    entries = json.loads(manifest.read_text()).values()
    named = [BUILT / name for entry in entries for name in (entry["file"], *entry.get("css", []))]
    compiled = [path.with_suffix(".mo").relative_to(root) for path in sorted((root / PACKAGE).rglob("*.po"))]
    return [str(path) for path in [*named, *compiled] if not (root / path).is_file()]


class BuiltAssets(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own; nothing here depends on the builder's settings
    """Refuses a wheel that would have no styles, no scripts or no French."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - as hatchling has it
        """An editable installation is one of this folder, which may be built later. Raises RuntimeError."""
        lacking = missing(Path(self.root)) if version != "editable" else []
        if lacking:
            raise RuntimeError(f"run `make setup` before you build a wheel; it would lack {', '.join(lacking)}")
