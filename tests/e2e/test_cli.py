"""The command line as people use it: with no server on the data folder, and through a running one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FOUNDER = {"NEXUS_SUPER_ADMIN__EMAIL": "founder@acme.test", "NEXUS_SUPER_ADMIN__PASSWORD": "plum-orbit-lantern"}
LEAVE = "# Leave\n\nEverybody has 25 days of annual leave.\n\nUnused days expire in March.\n"


@dataclass(frozen=True)
class Terminal:
    """`nexus` in a shell with a data folder of its own."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
        own = {"NEXUS_DATA_DIR": str(self.folder / "data"), "NEXUS_HTTP__MAX_UPLOAD_MB": "1", "COLUMNS": "200"}
        return inherited | FOUNDER | own

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "nexus.cli", *arguments],
            cwd=self.folder,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, code: int = 0, **environment: str) -> tuple[str, str]:
        """Standard output and standard error."""
        with self.start(*arguments, **environment) as process:
            output, errors = process.communicate(timeout=120)
        assert process.returncode == code, f"{process.returncode}\n{output}\n{errors}"
        assert "Traceback" not in errors
        return output, errors

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments)[0])


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "leave.md").write_text(LEAVE)
    (folder / "sub" / "[draft] travel.txt").write_text("Hotels in London cost 185 pounds at most.")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing")
    (folder / "large.txt").write_text("word " * 300_000)
    (folder / ".git" / "config").write_text("not a document")
    return Terminal(tmp_path)


@pytest.fixture
def server(terminal: Terminal) -> Generator[str, None, None]:
    """A running server on the terminal's data folder; what it printed."""
    with terminal.start("serve", "--port", "0") as process:
        assert process.stdout is not None
        printed = ""
        while "stop with" not in printed:
            line = process.stdout.readline()
            assert line, process.communicate()
            printed += line
        yield printed
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=30)
        assert process.returncode in {0, -signal.SIGTERM}, output + errors
        assert "Traceback" not in errors


def bring_in(terminal: Terminal) -> None:
    output, errors = terminal.run("ingest", "files", "-k", "Rules", code=1)
    assert output == ""
    assert "2 ready, 2 failed, 0 unchanged" in errors
    assert "failed broken.pdf:" in errors
    assert "failed large.txt: The file is larger than 1 MiB." in errors
    assert "config" not in errors


def test_without_a_server(terminal: Terminal) -> None:
    # Few commands: each starts a Nexus of its own and ends it.
    bring_in(terminal)
    output, _ = terminal.run("ask", "days of annual leave")
    assert "> Everybody has 25 days of annual leave. [1]" in output
    assert terminal.json("index", "check")["ok"] is True


def bring_in_and_ask(terminal: Terminal) -> None:
    bring_in(terminal)
    _, errors = terminal.run("ingest", "files/leave.md", "-k", "Rules")
    assert "0 ready, 0 failed, 1 unchanged" in errors

    found = terminal.json("search", "annual leave", "--json", "-k", "Rules")
    assert found["hits"][0]["document_name"] == "leave.md"
    output, _ = terminal.run("search", "hotels in London", "-n", "1")
    assert "[draft] travel.txt" in output
    assert "185 pounds" in output
    answer = terminal.json("ask", "days of annual leave", "--json")
    assert answer["message"]["citations"][0]["quote"] == "Everybody has 25 days of annual leave."
    output, _ = terminal.run("ask", "days of annual leave")
    assert "> Everybody has 25 days of annual leave. [1]" in output
    assert "[1] leave.md, page 1" in output
    assert terminal.json("index", "rebuild")["ok"] is True
    output, _ = terminal.run("doctor", "--index")
    lines = output.splitlines()
    # One line each; a disk that is nearly full is no fault of the command's.
    assert {line.split()[1] for line in lines} >= {"settings", "database", "schema", "queue", "embedder", "consistency"}
    assert not [line for line in lines if line.startswith("fault")]


def test_through_a_running_server(terminal: Terminal, server: str) -> None:
    assert "Nexus is ready at http://127.0.0.1:" in server
    address = json.loads((terminal.folder / "data" / "server.json").read_text())
    assert (terminal.folder / "data" / "server.json").stat().st_mode & 0o077 == 0
    assert address["url"] in server
    bring_in_and_ask(terminal)
    # Nobody else serves the same folder meanwhile.
    _, errors = terminal.run("serve", "--port", "0", code=1)
    assert errors == "nexus: Another process serves this data folder. Stop it, or choose another NEXUS_DATA_DIR.\n"

    output, _ = terminal.run("user", "create", "ann@acme.test", "--name", "Ann")
    assert output.startswith("ann@acme.test  ")
    assert "Ann" in terminal.run("user", "list")[0]
    answer = terminal.json("ask", "days of annual leave", "--json", "--as", "ann@acme.test")
    assert answer["message"]["citations"] == []
    assert terminal.run("search", "annual leave", "--as", "ann@acme.test")[0] == (
        "Nothing found in what you may read.\n"
    )
    for arguments, sentence in (
        (("ask", "x", "-k", "Nowhere"), "There is no knowledge base named 'Nowhere' that you may read."),
        (("ask", "x", "-k", "Rules", "--as", "ann@acme.test"), "There is no knowledge base named 'Rules'"),
        (("ask", "x", "--as", "nobody@acme.test"), "There is no active user nobody@acme.test."),
        (("ask", "  "), "question"),
        (("user", "list", "--as", "ann@acme.test"), "Your role does not allow this."),
        (("user", "reset-password", "nobody@acme.test"), "There is nobody with the address nobody@acme.test."),
        (("ingest", "files/leave.md", "files/sub/../leave.md", "-k", "Rules"), "would both be 'leave.md'"),
    ):
        _, errors = terminal.run(*arguments, code=1)
        assert sentence in errors
        assert errors.startswith("nexus: ")
        assert errors.count("\n") == 1


def test_what_cannot_be_is_said_in_a_sentence(terminal: Terminal) -> None:
    for arguments, environment, sentence in (
        (("seed",), {}, "Say what to fill it with: `nexus seed --demo`."),
        (("ingest", "data-that-is-empty", "-k", "Rules"), {}, "There is no file at these paths."),
        (("ask", "hi"), {"NEXUS_DATA_DIR": str(terminal.folder / "files" / "leave.md" / "x")}, "cannot be used"),
        (("ask", "hi"), {"NEXUS_HTTP__PORT": "many"}, "NEXUS_HTTP__PORT: "),
    ):
        (terminal.folder / "data-that-is-empty").mkdir(exist_ok=True)
        _, errors = terminal.run(*arguments, code=1, **environment)
        assert sentence in errors
        assert errors.startswith("nexus: ")
    for arguments in (("serve", "--port", "99999"), ("ingest", "nowhere", "-k", "x"), ("ask",), ("sing",)):
        terminal.run(*arguments, code=2)


def test_production_refuses_every_unsafe_setting_at_once(terminal: Terminal) -> None:
    _, errors = terminal.run("serve", "--host", "0.0.0.0", code=1, NEXUS_PROFILE="production", NEXUS_SECRET_KEY="short")
    assert [line.split(":")[0] for line in errors.splitlines()] == [
        "nexus",
        "- NEXUS_SECRET_KEY has a key that is too short",
        "- Set NEXUS_SECRETS__KEYS or NEXUS_SECRETS__KEYS_FILE",
        "- Set NEXUS_HTTP__PUBLIC_URL to an address that begins with https",
    ]
    assert not (terminal.folder / "data").exists()
    # The address of the command line counts too.
    _, errors = terminal.run("serve", "--host", "0.0.0.0", code=1, NEXUS_DEVELOPER_USER="ada@acme.test")
    assert "Take NEXUS_DEVELOPER_USER away" in errors


def test_production_starts_with_safe_settings(terminal: Terminal) -> None:
    keys = [terminal.run("secrets", "new-key")[0].strip() for _ in range(2)]
    environment: dict[str, str] = {
        "NEXUS_PROFILE": "production",
        "NEXUS_SECRET_KEY": keys[0],
        "NEXUS_SECRETS__KEYS": keys[1],
        "NEXUS_HTTP__PUBLIC_URL": "https://nexus.acme.test",
    }
    with terminal.start("serve", "--port", "0", **environment) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    assert "Nexus is ready at https://nexus.acme.test" in lines[1], errors
    with terminal.start("secrets", "check", **environment) as checking:
        assert "0 secrets, 0 of them unreadable." in checking.communicate(timeout=60)[0]
    assert not list((terminal.folder / "data").glob("secrets/*"))
