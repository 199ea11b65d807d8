"""What a model says where plain words are wanted: a title, a heading, a question."""

import re
from typing import Final

_ADDRESS: Final = re.compile(r"\b[a-z][a-z0-9+.-]*:\S+|(?:\bwww\.|//)\S+", re.IGNORECASE)
_MARKUP: Final = re.compile(r"[\[\]【】<>`*_#|\\\x00-\x1f\x7f]+")


def plain(text: str) -> str:
    """Without what a page or an export could take for markup, for a citation, or for an address to call."""
    return " ".join(_MARKUP.sub(" ", _ADDRESS.sub(" ", text)).split())
