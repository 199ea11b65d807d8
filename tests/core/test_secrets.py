"""Sealed secrets: they open with any key of the installation, in their own place, and nowhere else."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from nexus.core.ids import new_id
from nexus.core.secrets import FORMER, Place, SealingKey, SecretBox, UnsealError, key_id, load_box, new_key
from nexus.core.settings import Settings, SettingsError, load_settings

PLACE = Place(new_id(), "connector", "client_secret", str(new_id()))
OLD, NEW = (SealingKey.of(name, "a test") for name in (b"old", b"new"))


def settings(tmp_path: Path, **given: object) -> Settings:
    return load_settings(data_dir=tmp_path / "data", _env_file=None, **given)


def test_the_newest_key_seals_and_all_open() -> None:
    before, after = SecretBox([OLD]), SecretBox([NEW, OLD])
    sealed = before.seal("hunter2", PLACE)
    assert "hunter2" not in sealed
    assert before.seal("hunter2", PLACE) != sealed
    assert after.unseal(sealed, PLACE) == "hunter2"
    assert (key_id(sealed), key_id(after.seal("hunter2", PLACE))) == (OLD.id, NEW.id)
    with pytest.raises(UnsealError, match=f"its key '{OLD.id}' is not among"):
        SecretBox([NEW]).unseal(sealed, PLACE)


@pytest.mark.parametrize("part", ["tenant_id", "table", "column", "row"])
def test_it_opens_in_its_place_alone(part: str) -> None:
    box = SecretBox([OLD])
    elsewhere = replace(PLACE, **{part: new_id() if part == "tenant_id" else "another"})
    with pytest.raises(UnsealError) as caught:
        box.unseal(box.seal("hunter2", PLACE), elsewhere)
    assert str(elsewhere) in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_what_was_changed_opens_nowhere() -> None:
    box = SecretBox([OLD], [b"former"])
    sealed = box.seal("hunter2", PLACE)
    for broken in (
        sealed[:-4] + "AAAA",
        sealed[:14],
        sealed + "!",
        sealed.replace("n1.", "n2."),
        "",
        "n1.",
        "n1..",
        "é",
    ):
        with pytest.raises(UnsealError):
            box.unseal(broken, PLACE)
    assert key_id(sealed.removeprefix("n1.")) == FORMER


def test_a_key_is_made_once_and_nobody_else_reads_it(tmp_path: Path) -> None:
    first, again = load_box(settings(tmp_path)), load_box(settings(tmp_path))
    assert first.newest.key == again.newest.key
    file = tmp_path / "data" / "secrets" / "sealing.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]


def test_keys_come_from_the_settings_in_their_order_and_the_self_made_one_still_opens(tmp_path: Path) -> None:
    own = load_box(settings(tmp_path)).seal("hunter2", PLACE)
    file = tmp_path / "keys"
    file.write_text(f"# from the vault\n{new_key()}\n\n{new_key()}\n")
    box = load_box(settings(tmp_path, secrets={"keys": f"{new_key()}, {new_key()}", "keys_file": file}))
    assert [key.origin for key in box.keys] == [
        *["NEXUS_SECRETS__KEYS"] * 2,
        *["NEXUS_SECRETS__KEYS_FILE"] * 2,
        "the data folder",
    ]
    assert len({key.id for key in box.keys}) == 5
    assert key_id(box.seal("x", PLACE)) == box.keys[0].id
    assert box.unseal(own, PLACE) == "hunter2"


def test_given_keys_have_none_made(tmp_path: Path) -> None:
    load_box(settings(tmp_path, secrets={"keys": new_key()}))
    assert not (tmp_path / "data").exists()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="NEXUS_SECRETS__KEYS_FILE"):
        load_box(settings(tmp_path, secrets={"keys_file": tmp_path / "none"}))


def test_no_key_shows_itself() -> None:
    key = SealingKey.of(b"material", "a test")
    assert repr(key) == f"SealingKey({key.id}, from a test)"
