"""Passwords: hashed with argon2id, refused when they would be guessed first."""

import os
import sys
import threading

import pytest

from factories import cheap_passwords
from nexus.identity.errors import WeakPasswordError
from nexus.identity.passwords import PasswordHasher, check_strength, generate_password


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "nine char",
        "Password123!",
        "P4ssw0rd2024",
        "¡¡¡password!!!",
        "administrator",
        "Willkommen2025",
        "1234567890",
        "0987654321",
        "qwertyuiop",
        "aaaaaaaaaaaa",
        "abababababab",
        "ada.byron@acme.test",
        "i-am-ada.byron",
        "lady-byron-1815",
        "BYRONBYRONBYRON",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(WeakPasswordError):
        check_strength(password, email="ada.byron@acme.test", name="Ada Byron")


@pytest.mark.parametrize(
    "password",
    ["velvet-canyon-42", "plum-orbit-lantern", "日本の青い山と川と海", "correct horse battery", "ten chars!"],
)
def test_no_rule_of_composition_stands_in_the_way(password: str) -> None:
    check_strength(password, email="ada.byron@acme.test", name="Ada Byron")


def test_made_up_passwords_are_good_enough_and_never_twice_the_same() -> None:
    made_up = {generate_password() for _ in range(100)}
    assert len(made_up) == 100
    for password in made_up:
        check_strength(password, email="ada.byron@acme.test", name="Ada Byron")


async def test_verification() -> None:
    hasher = cheap_passwords()
    stored = await hasher.hash("velvet-canyon-42")
    assert stored.startswith("$argon2id$")
    assert stored != await hasher.hash("velvet-canyon-42")
    assert await hasher.verify(stored, "velvet-canyon-42")
    assert not await hasher.verify(stored, "velvet-canyon-43")
    assert not await hasher.verify(None, "velvet-canyon-42")
    assert not await hasher.verify("not a hash", "velvet-canyon-42")
    hasher.close()


async def test_the_same_keys_on_another_system_are_the_same_password() -> None:
    hasher = cheap_passwords()
    composed, decomposed = "caf\u00e9-velvet-42", "cafe\u0301-velvet-42"
    assert await hasher.verify(await hasher.hash(composed), decomposed)
    hasher.close()


async def test_the_default_parameters_are_owasps_and_the_hash_of_nobody_costs_as_much() -> None:
    hasher = PasswordHasher()
    stored = await hasher.hash("velvet-canyon-42")
    parameters = "$argon2id$v=19$m=19456,t=2,p=1$"
    assert stored.startswith(parameters)
    assert hasher._nobody.startswith(parameters)
    assert len(hasher._nobody) == len(stored)
    assert not hasher.is_outdated(stored)
    assert not hasher.is_outdated(hasher._nobody)
    hasher.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows it for a single thread")
def test_hashing_gives_way_to_everything_else() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    passwords, before = cheap_passwords(), niceness()
    assert passwords._threads.submit(niceness).result() > before
    assert niceness() == before
    passwords.close()
