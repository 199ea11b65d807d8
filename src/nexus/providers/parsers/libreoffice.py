"""Older Office formats by LibreOffice, without a window: a file goes in, one of the newer format comes out.

Every conversion has a folder of its own, with a profile that runs no macro, follows no link and knows no way to the
network. That folder is all the program may write in; of the system it reads its own files, and nothing of ours.
"""

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from nexus.core.sandbox.confine import Freedom
from nexus.core.sandbox.limits import SandboxError
from nexus.core.sandbox.programs import Program, Programs
from nexus.providers.parsers.base import OlderFormatError, ParseError

_PROGRAM: Final = "soffice.bin"
_READS: Final = (
    *("/usr", "/lib", "/lib64", "/proc/sys", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"),
    *("/etc/libreoffice", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/localtime", "/etc/nsswitch.conf"),
    *("/var/cache/fontconfig", "/var/lib/libreoffice", "/var/spool/libreoffice"),
    *("/dev/null", "/dev/urandom", "/dev/random", "/dev/zero"),
)
_FILTERS: Final = {
    "doc": "MS Word 97",
    "xls": "MS Excel 97",
    "ppt": "MS PowerPoint 97",
    "rtf": "Rich Text Format",
    "odt": "writer8",
    "ods": "calc8",
    "odp": "impress8",
}
"""What each is read by: nobody guesses a second time what the file is."""
_SOCKETS: Final = "/tmp"  # noqa: S108 - where LibreOffice wants it
_STARTS: Final = 2
"""The first start with a profile that it does not know ends at once and asks for another."""
_BUILD: Final = re.compile(r"^buildid=(.+)$", re.MULTILINE)


def _option(place: str, name: str, value: str) -> str:
    return (
        f'<item oor:path="/org.openoffice.{place}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
    )


_PROFILE: Final = "\n".join(
    (
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry">',
        _option("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
        _option("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
        _option("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
        _option("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
        _option("Office.Common/Load", "UserDefinedSettings", "true"),
        _option("Office.Writer/Content/Update", "Link", "0"),
        _option("Office.Calc/Content/Update", "Link", "2"),
        # A proxy that nobody is.
        _option("Inet/Settings", "ooInetProxyType", "1"),
        _option("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
        _option("Inet/Settings", "ooInetHTTPProxyPort", "9"),
        _option("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
        _option("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
        "</oor:items>",
    )
)


class LibreOfficeConverter:
    """`soffice` is what a shell finds; the program itself lies in the folder that it leads to."""

    def __init__(self, soffice: Path, programs: Programs) -> None:
        folder = soffice.resolve().parent
        inner = folder / _PROGRAM
        self._program = str(inner if inner.exists() else soffice.resolve())
        # LibreOffice is where its programs are, wherever that may be.
        self._reads = (*_READS, str(folder.parent))
        self._build = _build_of(folder)
        self._programs = programs

    @asynccontextmanager
    async def convert(self, path: Path, older: OlderFormatError) -> AsyncGenerator[Path]:
        """See the port."""
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="nexus-office-"))
        try:
            source = await asyncio.to_thread(_prepare, folder, path, older.kind, self._build)
            await self._run(folder, source, older)
            made = source.with_suffix(f".{older.newer}")
            if not made.is_file():
                raise _unreadable(older)
            yield made
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _run(self, folder: Path, source: Path, older: OlderFormatError) -> None:
        profile = (folder / "profile").as_uri()
        arguments = (
            *(self._program, "--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck"),
            f"-env:UserInstallation={profile}",
            f"--infilter={_FILTERS[older.kind]}",
            *("--convert-to", older.newer, "--outdir", str(folder), str(source)),
        )
        writes = (str(folder), "/dev/null")
        freedom = Freedom(runs=(self._program,), writes=writes, reads=self._reads, sockets=(_SOCKETS,))
        environment = (("HOME", str(folder)), ("TMPDIR", str(folder)), ("SAL_USE_VCLPLUGIN", "svp"))
        program = Program(arguments, freedom, environment)
        for _ in range(_STARTS):
            try:
                await self._programs.run(program)
            except SandboxError as error:
                if error.reason != "crashed":
                    raise
            finally:
                _socket(profile).unlink(missing_ok=True)
            if source.with_suffix(f".{older.newer}").exists():
                return


def _socket(profile: str) -> Path:
    """What tells a second LibreOffice with this profile of the first. It may make it and not remove it."""
    digest = hashlib.md5(profile.encode("utf-16-le"), usedforsecurity=False).digest()
    return Path(_SOCKETS) / f"OSL_PIPE_{os.getuid()}_SingleOfficeIPC_{''.join(f'{byte:x}' for byte in digest)}"


def _build_of(folder: Path) -> str:
    """What a profile has to name for LibreOffice to take it as one of its own; empty where that is not known."""
    try:
        found = _BUILD.search((folder / "versionrc").read_text("utf-8", "replace"))
    except OSError:
        return ""
    return found[1].strip() if found else ""


def _prepare(folder: Path, path: Path, kind: str, build: str) -> Path:
    user = folder / "profile" / "user"
    (user / "extensions").mkdir(parents=True)
    (user / "extensions" / "buildid").write_text(build, encoding="utf-8")
    (user / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
    source = folder / f"document.{kind}"
    shutil.copyfile(path, source)
    return source


def _unreadable(older: OlderFormatError) -> ParseError:
    return ParseError(
        "damaged",
        f"LibreOffice cannot open the file: it is damaged, or not {older.called}. Open it in the program it was made "
        f"with, save it as {older.newer.upper()} and upload that.",
    )
