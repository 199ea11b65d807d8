"""What a sandboxed job may use, and how it ends when it wants more."""

from dataclasses import dataclass
from typing import Literal

SandboxReason = Literal["memory", "timeout", "crashed"]

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """Ceilings of one job. What the kernel can enforce it does; the parent's kill timer is the last word."""

    memory_bytes: int = 1024 * MEBIBYTE
    """Address space of the child, the interpreter and its libraries (about 100 MiB) included."""
    cpu_seconds: int = 60
    wall_seconds: float = 120.0
    result_bytes: int = 256 * MEBIBYTE
    """Size of the encoded result that the parent is willing to read."""
    file_bytes: int = 0
    """Largest file the child may write; 0 forbids writing and creating anything."""
    open_files: int = 64

    def within(self, ceiling: "SandboxLimits") -> "SandboxLimits":
        """These limits, none of them above the ceiling's."""
        return SandboxLimits(
            memory_bytes=min(self.memory_bytes, ceiling.memory_bytes),
            cpu_seconds=min(self.cpu_seconds, ceiling.cpu_seconds),
            wall_seconds=min(self.wall_seconds, ceiling.wall_seconds),
            result_bytes=min(self.result_bytes, ceiling.result_bytes),
            file_bytes=min(self.file_bytes, ceiling.file_bytes),
            open_files=min(self.open_files, ceiling.open_files),
        )


class SandboxError(Exception):
    """The child did not survive the job, or broke the rules; its successor is not affected."""

    def __init__(self, reason: SandboxReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: SandboxReason = reason
        self.detail = detail
        """For the log of the operator, never for a user: a signal's name, or the child's traceback."""
