"""Secrets that must be read again: encrypted with a key that can be changed, bound to the place where they are kept.

A sealed secret is text: a mark of the form, the id of its key, and AES-256-GCM's nonce and ciphertext. Its place
(tenant, table, row, column) is authenticated with it, so that moved to another row it opens nothing.
"""

import base64
import contextlib
import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nexus.core.settings import Settings, SettingsError

FORMER: Final = "former"
"""Stands for the key id of what was sealed before sealed secrets bore one."""

_MARK: Final = "n1"
_NONCE: Final = 12
_KEY_BYTES: Final = 32
_ID_LENGTH: Final = 8
_FORMER_PURPOSE: Final = "sealed secrets"


class UnsealError(Exception):
    """Names the row and the reason, never the secret."""

    def __init__(self, place: "Place", reason: str) -> None:
        super().__init__(f"{place} cannot be read: {reason}")
        self.place = place
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is kept."""

    tenant_id: UUID
    table: str
    column: str
    row: str
    former_context: str = ""
    """What stood in the place's stead before; empty where nothing was sealed then."""

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of row {self.row}, tenant {self.tenant_id}"

    @property
    def context(self) -> bytes:
        return "\n".join(("nexus sealed secret 1", str(self.tenant_id), self.table, self.row, self.column)).encode()


@dataclass(frozen=True, slots=True)
class SealingKey:
    key: bytes
    id: str
    """Follows from the key, so that nobody can give two keys one name. It is no secret."""
    origin: str
    """Where it comes from, for people."""

    def __repr__(self) -> str:
        return f"SealingKey({self.id}, from {self.origin})"

    @classmethod
    def of(cls, material: bytes, origin: str) -> "SealingKey":
        key = derived_key(material, "sealing key")
        return cls(key, derived_key(key, "sealing key id").hex()[:_ID_LENGTH], origin)


class SecretBox:
    """Seals with the newest key and opens with any; holds no secret but its keys."""

    def __init__(self, keys: Iterable[SealingKey], former: Iterable[bytes] = ()) -> None:
        """`keys` newest first. `former` are the installation's secrets of which a key was derived before."""
        self.keys = tuple(keys)
        self._ciphers = {key.id: AESGCM(key.key) for key in reversed(self.keys)}
        self._former = [AESGCM(derived_key(secret, _FORMER_PURPOSE)) for secret in former]

    @property
    def newest(self) -> SealingKey:
        return self.keys[0]

    def seal(self, secret: str, place: Place) -> str:
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + self._ciphers[self.newest.id].encrypt(nonce, secret.encode(), place.context)
        return f"{_MARK}.{self.newest.id}.{base64.b64encode(sealed).decode()}"

    def unseal(self, sealed: str, place: Place) -> str:
        """Raises UnsealError."""
        used = key_id(sealed)
        if used == FORMER:
            return self._open(self._former, sealed, place, place.former_context.encode())
        if used not in self._ciphers:
            raise UnsealError(place, f"its key {used!r} is not among the installation's keys")
        return self._open([self._ciphers[used]], sealed.rpartition(".")[2], place, place.context)

    def _open(self, ciphers: Iterable[AESGCM], text: str, place: Place, context: bytes) -> str:
        try:
            raw = base64.b64decode(text, validate=True)
        except ValueError:
            raise UnsealError(place, "it is no sealed secret") from None
        for cipher in ciphers:
            # The library's ValueError is for what is too short to be sealed.
            with contextlib.suppress(InvalidTag, ValueError):
                return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], context).decode()
        raise UnsealError(place, "it was changed, or sealed for another row or by another key")


def key_id(sealed: str) -> str:
    """The id of the key that a sealed secret names."""
    mark, _, rest = sealed.partition(".")
    return rest.partition(".")[0] if mark == _MARK else FORMER


def derived_key(secret: bytes, purpose: str) -> bytes:
    """32 bytes for this purpose alone."""
    return hmac.digest(secret, f"nexus 1: {purpose}".encode(), "sha256")


def load_secret(given: str, folder: Path) -> bytes:
    """The installation's secret: the given one, or random bytes kept in `folder`, made at the first call."""
    return given.encode() if given else _self_made(folder / "secret.key")


def load_box(settings: Settings, *, make: bool = True) -> SecretBox:
    """With the keys of the settings, newest first, and the self-made one behind or in place of them.

    Without `make`, where there is no key none is made: such a box opens what it can and seals nothing.
    Raises SettingsError where the file of keys cannot be read.
    """
    folder = settings.data_dir / "secrets"
    keys = [SealingKey.of(text.encode(), origin) for text, origin in given_keys(settings)]
    own = folder / "sealing.key"
    if own.exists() or (make and not keys):
        # What was sealed before somebody gave keys can still be read, and sealed anew.
        keys.append(SealingKey.of(_self_made(own), "the data folder"))
    former = [settings.secret_key.get_secret_value().encode()] if settings.secret_key.get_secret_value() else []
    if (secret := folder / "secret.key").exists():
        former.append(secret.read_bytes())
    return SecretBox(keys, former)


def given_keys(settings: Settings) -> list[tuple[str, str]]:
    """The keys of the settings, newest first, each with where it stands. Raises SettingsError."""
    given = settings.secrets.keys.get_secret_value().replace(",", " ").split()
    found = [(text, "NEXUS_SECRETS__KEYS") for text in given]
    if (file := settings.secrets.keys_file) is not None:
        try:
            lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
        except (OSError, ValueError):
            raise SettingsError("NEXUS_SECRETS__KEYS_FILE: the file cannot be read") from None
        found += [(line, "NEXUS_SECRETS__KEYS_FILE") for line in lines if line and not line.startswith("#")]
    return found


def new_key() -> str:
    """A key as the settings take it: 256 random bits."""
    return secrets.token_urlsafe(_KEY_BYTES)


def _self_made(path: Path) -> bytes:
    """32 random bytes that nobody else can read, made at the first call.

    The file is linked into place whole, so that processes starting together agree on the first one's.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.stem}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_bytes()
