"""How a child process gives up what parsing does not need. Each step that the platform lacks is skipped."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# ctypes functions have no types.

import ctypes
import math
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from nexus.core.sandbox.limits import SandboxLimits

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
# System calls of Landlock; the numbers are the same on every architecture.
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_VERSION = 1
_LANDLOCK_BENEATH = 1

# Rights to run programs and to write, remove or make files; the higher ones came with later versions of the interface.
_LANDLOCK_WRITES = {1: 0b1_1111_1111_0011, 2: 1 << 13, 3: 1 << 14}
_LANDLOCK_TCP = {4: 0b11}
_LANDLOCK_SCOPES = {6: 0b11}
_LANDLOCK_RUN = 0b1
_LANDLOCK_READS = 0b1100
_LANDLOCK_SOCKETS = 1 << 9
_LANDLOCK_ON_FILES = 0b111 | 1 << 14
"""Those that a rule for one file, and not a folder, may name."""
_LOADERS = ("lib*/ld-*.so*", "lib/*/ld-*.so*")
"""What the kernel runs to load a program, wherever the system has it."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("parent", ctypes.c_int32))


@dataclass(frozen=True, slots=True)
class Freedom:
    """What a program may do: run these files (or what is beneath these folders), write in those."""

    runs: tuple[str, ...]
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] | None = None
    """The only places that it may read, beside those that it writes in; None: all of them."""
    sockets: tuple[str, ...] = ()
    """Folders in which it may make sockets, and nothing else."""


def confine(limits: SandboxLimits, parent: int, freedom: Freedom | None = None) -> None:
    """Apply the ceilings to this process for good, and tie its life to `parent`, the process id of its starter."""
    os.nice(5)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _landlock(libc, writes=limits.file_bytes > 0 and freedom is None, freedom=freedom)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    if sys.platform == "linux":  # elsewhere the address space is not what a process uses
        _limit(resource.RLIMIT_AS, limits.memory_bytes)


def start_clock(limits: SandboxLimits) -> None:
    """Grant this job its processor time and memory. The kernel ends the process with SIGXCPU when the time is over."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = math.ceil(usage.ru_utime + usage.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + limits.cpu_seconds, resource.RLIM_INFINITY))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _limit(kind: int, amount: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        amount = min(amount, hard)
    resource.setrlimit(kind, (amount, amount))


def _landlock(libc: ctypes.CDLL, *, writes: bool, freedom: Freedom | None) -> None:
    """Forbid programs, files (unless `writes`), TCP and signals to other processes, as far as the kernel knows how.

    What `freedom` names stays allowed.
    """
    version = libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_LANDLOCK_VERSION))
    if version < 1:
        return

    def rights(since: dict[int, int]) -> int:
        return sum(bits for first, bits in since.items() if version >= first)

    reads = freedom.reads if freedom else None
    files = (0 if writes else rights(_LANDLOCK_WRITES)) | (0 if reads is None else _LANDLOCK_READS)
    ruleset = _Ruleset(files, rights(_LANDLOCK_TCP), rights(_LANDLOCK_SCOPES))
    if not (ruleset.files or ruleset.network or ruleset.scopes):
        return
    size = ctypes.sizeof(_Ruleset)
    descriptor = libc.syscall(
        _LANDLOCK_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    if descriptor >= 0:
        if freedom:
            loaders = (str(loader) for pattern in _LOADERS for loader in Path("/").glob(pattern))
            for path in (*freedom.runs, *loaders):
                _allow(libc, descriptor, path, _LANDLOCK_RUN | (ruleset.files & _LANDLOCK_READS))
            for path in freedom.writes:
                _allow(libc, descriptor, path, ruleset.files & ~_LANDLOCK_RUN)
            for path in filter(os.path.exists, reads or ()):
                _allow(libc, descriptor, path, _LANDLOCK_READS)
            for path in freedom.sockets:
                _allow(libc, descriptor, path, _LANDLOCK_SOCKETS)
        libc.syscall(_LANDLOCK_RESTRICT_SELF, ctypes.c_int(descriptor), ctypes.c_uint32(0))
        os.close(descriptor)


def _allow(libc: ctypes.CDLL, descriptor: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    if not Path(path).is_dir():
        rights &= _LANDLOCK_ON_FILES
    rule = _Beneath(rights, place)
    libc.syscall(
        _LANDLOCK_ADD_RULE,
        ctypes.c_int(descriptor),
        ctypes.c_int(_LANDLOCK_BENEATH),
        ctypes.byref(rule),
        ctypes.c_uint32(0),
    )
    os.close(place)
