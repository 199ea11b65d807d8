"""`nexus doctor`: looks at everything, one line each, and says what to do about what is amiss."""

import os
import shutil
import sys
from typing import Final

from rich.console import Console
from rich.markup import escape

from nexus.cli.connection import connect
from nexus.core.errors import NexusError
from nexus.core.settings import Settings, load_settings

console = Console(highlight=False, soft_wrap=True)

_MARKS: Final = {
    "ok": "[green]ok     [/]",
    "warning": "[yellow]warning[/]",
    "fault": "[red]fault  [/]",
    "off": "[dim]off    [/]",
}
_LITTLE: Final = 100 << 20


def doctor(*, index: bool) -> None:
    """Exits with 1 where something is at fault. `index` compares rows, index and files too."""
    # Raises SettingsError, which says it all.
    settings = load_settings()
    _say("settings", "ok", f"Read for the profile {settings.profile}.")
    healthy = _folder(settings)
    if healthy:
        try:
            healthy = _ask(index=index)
        except NexusError as error:
            _say("server", "fault", str(error), "Look at the output of `nexus serve`.")
            healthy = False
    if not healthy:
        sys.exit(1)


def _folder(settings: Settings) -> bool:
    """What can be seen without a server."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        _say("data folder", "fault", f"{folder}: {error.strerror}.", "Make it, or set NEXUS_DATA_DIR to another.")
        return False
    if not writable:
        _say("data folder", "fault", f"{folder} cannot be written to.", "Give it to the account that runs Nexus.")
        return False
    if free < _LITTLE:
        _say("data folder", "fault", f"{folder} is full.", "Make room, or set NEXUS_DATA_DIR to another.")
        return False
    _say("data folder", "ok", f"{folder} can be written to.")
    return True


def _ask(*, index: bool) -> bool:
    with connect() as connection:
        found = connection.get("/api/diagnostics")
        # With `index`, consistency is looked at now: what the last check found does not count.
        checks = [check for check in found["checks"] if not (index and check["name"] == "consistency")]
        for check in checks:
            _say(check["name"], check["state"], check["detail"], check["advice"])
        healthy = all(check["state"] != "fault" for check in checks)
        if index:
            report = connection.get("/api/index/check")
            amiss = [name for name, value in report.items() if value and name.startswith(("missing", "ghost", "wrong"))]
            amiss += [name for name in ("stray_chunks", "stuck_documents") if report[name]]
            detail = f"Rows, index and files agree on {report['documents']:,} documents."
            if report["ok"]:
                _say("consistency", "ok", detail)
            else:
                what = ", ".join(name.replace("_", " ") for name in amiss)
                advice = "`nexus index check` names them; `nexus index rebuild` repairs the index."
                _say("consistency", "fault", f"Amiss: {what}.", advice)
                healthy = False
    return healthy


def _say(name: str, state: str, detail: str, advice: str = "") -> None:
    told = f" {escape(advice)}" if advice else ""
    console.print(f"{_MARKS[state]} {name:<12} {escape(detail)}{told}")
