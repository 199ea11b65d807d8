"""Writes the OpenAPI document the page's client is generated from: `python web/scripts/openapi.py FILE`."""

import json
import sys
import tempfile
from pathlib import Path

from nexus.app import build_app
from nexus.core.settings import load_settings


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings().model_copy(update={"data_dir": Path(folder)})
        document = build_app(settings).openapi()
    document["info"]["version"] = "0"
    Path(sys.argv[1]).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
