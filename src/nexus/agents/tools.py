"""A tool: what a model is told of it, what it may touch, and what it gives back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from nexus.access.principal import Role
from nexus.core.errors import NexusError
from nexus.providers.llm.base import ToolSpec

if TYPE_CHECKING:
    from nexus.agents.workbench import Workbench


class ToolError(NexusError):
    """The tool did not do it; the detail is a sentence for the model and for the person."""

    slug = "tool-failed"
    title = "The tool could not be used"


@dataclass(frozen=True, slots=True)
class Touches:
    """What using a tool can do, for the rules about it."""

    company: bool = False
    """It reads what the company has stored."""
    changes: bool = False
    sends: bool = False
    """Something leaves the installation: the arguments, at least."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool said to the model, and what is shown of that."""

    text: str
    found: int | None = None
    documents: Sequence[tuple[UUID, str]] = ()
    """What was read or named, with titles."""
    covered: tuple[int, int] | None = None
    """Of a question about the whole: how many documents were looked at, of how many that the asker may read."""
    table: Mapping[str, Any] | None = None
    """What a query found, for showing: its columns, its first rows, and from which cells they are."""


Use = Callable[["Workbench", Mapping[str, Any]], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Tool:
    """`use` is given the arguments as `check` returned them; both raise ToolError."""

    spec: ToolSpec
    touches: Touches
    check: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    use: Use
    needs_approval: bool = False
    """Each time, whatever was read before."""
    source: str = ""
    """The MCP server it is from; empty for our own."""
    seconds: float = 30.0
    off: bool = False
    """Nobody's model may use it before an administrator has said whose."""

    @property
    def name(self) -> str:
        return self.spec.name


def may_use(roles: frozenset[str] | None, role: Role, *, off: bool = False) -> bool:
    """`roles` None: there is no rule, and `off` says what holds without one."""
    return not off if roles is None else role.value in roles
