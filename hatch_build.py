"""The build hook of the wheel: builds the page and puts it into the package."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """An editable installation serves the page from where the checkout's build puts it, and needs none of this."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        if (root / "web" / "package.json").is_file():
            subprocess.run([sys.executable, str(root / "web" / "scripts" / "page.py"), "build"], check=True)
        build_data["force_include"][str(root / "web" / "out")] = "nexus/_page"
