"""Where this repository is."""

from __future__ import annotations

from pathlib import Path

HARNESS = Path(__file__).resolve().parent
ROOT = HARNESS.parent


def show(path: Path) -> str:
    """Name a file as seen from the top of the repository, or from here, where it is below."""
    try:
        path = path.resolve()
    except (OSError, RuntimeError):  # a loop of links
        path = path.absolute()
    for top in (ROOT, Path.cwd()):
        if path.is_relative_to(top):
            return str(path.relative_to(top))
    return str(path)
