"""axe-core, and which of its rules pages keep."""

from pathlib import Path
from typing import Final

AXE: Final = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
# The criteria of RGAA 4 and of WCAG 2.2, levels A and AA, as axe-core names them.
CRITERIA: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "RGAAv4", "best-practice"]
