"""The demo company as values: who works there, which knowledge bases it has, and who may read them."""

import json
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

RoleName = Literal["super_admin", "admin", "content_manager", "user"]
SubjectKind = Literal["tenant", "department", "group", "user"]
Level = Literal["read", "manage"]


@dataclass(frozen=True, slots=True)
class DemoDepartment:
    region: str
    name: str

    @property
    def path(self) -> str:
        """How users and grants name it: `UK/HR`."""
        return f"{self.region}/{self.name}"


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A person, without a password: whoever creates the account makes one up."""

    email: str
    name: str
    role: RoleName
    department: str
    """A department's path."""
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoGrant:
    subject_kind: SubjectKind
    subject: str
    """The tenant's name, a department's path, a group's name or a user's e-mail address."""
    level: Level


@dataclass(frozen=True, slots=True)
class DemoFile:
    path: str
    """Below `files/`, with `/`: `people-uk/leave-policy-uk.docx`. The questions call it by this."""
    title: str
    language: str
    """`en` or `de`."""
    modified: date
    content: Traversable
    """The packaged file; `importlib.resources.as_file` gives a path on disk."""

    @property
    def name(self) -> str:
        return self.content.name


@dataclass(frozen=True, slots=True)
class DemoKnowledgeBase:
    folder: str
    name: str
    description: str
    department: str | None
    """A department's path; what belongs to the whole company has none."""
    grants: tuple[DemoGrant, ...]
    files: tuple[DemoFile, ...]


@dataclass(frozen=True, slots=True)
class DemoCompany:
    tenant: str
    regions: tuple[str, ...]
    departments: tuple[DemoDepartment, ...]
    groups: tuple[str, ...]
    users: tuple[DemoUser, ...]
    knowledge_bases: tuple[DemoKnowledgeBase, ...]


def load() -> DemoCompany:
    """Reads `company.json` and points at the packaged files beside it, without opening them."""
    package = files("nexus.demo")
    data: dict[str, Any] = json.loads((package / "company.json").read_text(encoding="utf-8"))
    return DemoCompany(
        tenant=data["tenant"],
        regions=tuple(data["regions"]),
        departments=tuple(DemoDepartment(*path.split("/")) for path in data["departments"]),
        groups=tuple(data["groups"]),
        users=tuple(_user(entry) for entry in data["users"]),
        knowledge_bases=tuple(_knowledge_base(entry, package / "files") for entry in data["knowledge_bases"]),
    )


def _user(entry: dict[str, Any]) -> DemoUser:
    return DemoUser(
        email=entry["email"],
        name=entry["name"],
        role=entry["role"],
        department=entry["department"],
        groups=tuple(entry["groups"]),
    )


def _knowledge_base(entry: dict[str, Any], root: Traversable) -> DemoKnowledgeBase:
    folder = entry["folder"]
    return DemoKnowledgeBase(
        folder=folder,
        name=entry["name"],
        description=entry["description"],
        department=entry["department"],
        grants=tuple(DemoGrant(**grant) for grant in entry["grants"]),
        files=tuple(_file(file, folder, root) for file in entry["files"]),
    )


def _file(entry: dict[str, str], folder: str, root: Traversable) -> DemoFile:
    return DemoFile(
        path=f"{folder}/{entry['name']}",
        title=entry["title"],
        language=entry["language"],
        modified=date.fromisoformat(entry["modified"]),
        content=root / folder / entry["name"],
    )
