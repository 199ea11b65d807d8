"""What processes cost, from /proc: processor time of a whole tree, memory of each member."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Sample:
    """A process and its living descendants at one moment; memory in 10^6 bytes, time in seconds."""

    cpu: float
    """User and system time of all of them, and of those who ended and were waited for."""
    own_rss: float
    """Of the root alone."""
    children_rss: float


def sample(pid: int) -> Sample:
    """Raises FileNotFoundError when the process is gone."""
    below = _descendants(pid)
    return Sample(
        cpu=_cpu(pid) + sum(_cpu_if_there(child) for child in below),
        own_rss=_rss(pid),
        children_rss=sum(_rss_if_there(child) for child in below),
    )


def peak_rss(pid: int) -> float:
    """The most the process itself ever held, in 10^6 bytes."""
    for line in (_PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise FileNotFoundError(pid)


def load_average() -> float:
    """Of the last minute: above the number of processors, every figure is too high."""
    return round(os.getloadavg()[0], 2)


def _descendants(pid: int) -> Sequence[int]:
    parents: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                parents.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
            except FileNotFoundError:
                continue
    found, waiting = list[int](), [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may hold blanks: state, parent, … (see proc(5), from field 3 on)."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except ProcessLookupError as error:
        raise FileNotFoundError(pid) from error


def _cpu(pid: int) -> float:
    return sum(map(int, _stat(pid)[11:15])) / _TICKS


def _rss(pid: int) -> float:
    return int((_PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _cpu_if_there(pid: int) -> float:
    try:
        return _cpu(pid)
    except FileNotFoundError:
        return 0.0


def _rss_if_there(pid: int) -> float:
    try:
        return _rss(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
