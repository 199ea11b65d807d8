"""A company as the rules see it: the oracle of the worlds, which knows the rules and none of the code."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from nexus.access.models import Level
from nexus.access.principal import Permission, Role, SubjectKind, subject
from nexus.core.ids import new_id

_LETTERS = str.maketrans("0123456789", "bcdfghjkmn")
_numbers = count()


def canary(beginning: str = "zq") -> str:
    """A word that no other text of this process holds."""
    return beginning + f"{next(_numbers):07}".translate(_LETTERS) + "x"


@dataclass
class User:
    id: UUID
    tenant: int
    role: Role
    department: int | None
    groups: set[int]
    active: bool = True

    @property
    def email(self) -> str:
        return f"{self.id.hex}@x"


@dataclass
class Shelf:
    """A knowledge base."""

    id: UUID
    tenant: int
    canary: str
    personal: bool
    deleted: bool = False


@dataclass
class Paper:
    """A document with the canary of its active version; those of its versions before, the first one first, are in
    `former`, and the active one's too where it was brought back."""

    id: UUID
    version: UUID
    shelf: int
    restricted: bool
    chunks: int
    canary: str
    former: list[str] = field(default_factory=list[str])
    deleted: bool = False

    @property
    def canaries(self) -> list[str]:
        return [self.canary, *self.former]

    @property
    def silent(self) -> list[str]:
        """The canaries of versions that do not answer."""
        return [word for word in self.former if word != self.canary]


@dataclass
class Agent:
    """`shelves`: places of those it looks in, whosever they are; None is all that whoever asks may read."""

    id: UUID
    tenant: int
    canary: str
    shelves: frozenset[int] | None


@dataclass
class Company:
    """Users, shelves and papers refer to each other by their places in the lists. What belongs to nobody belongs to
    the tenant of its place modulo the number of tenants."""

    tenants: list[UUID]
    departments: list[UUID]
    groups: list[UUID]
    users: list[User]
    shelves: list[Shelf]
    papers: list[Paper]
    agents: list[Agent] = field(default_factory=list[Agent])
    dissolved: set[int] = field(default_factory=set[int])
    grants: dict[tuple[UUID, str], Level] = field(default_factory=dict)
    """(shelf, paper or agent, subject word) → level."""
    laid_aside: dict[tuple[UUID, str], Level] = field(default_factory=dict)
    """Of deleted papers."""

    def of(self, place: int) -> int:
        """The tenant of a department or group."""
        return place % len(self.tenants)

    def words(self, user: User) -> set[str]:
        words = {subject(SubjectKind.USER, user.id), subject(SubjectKind.TENANT, self.tenants[user.tenant])}
        words |= {subject(SubjectKind.GROUP, self.groups[group]) for group in user.groups}
        if user.department is not None:
            words.add(subject(SubjectKind.DEPARTMENT, self.departments[user.department]))
        return words

    def _level(self, user: User, resource: UUID, *, once: bool = False) -> Level | None:
        """`once`: as it was when it was deleted."""
        grants = self.laid_aside if once else self.grants
        levels = {grants.get((resource, word)) for word in self.words(user)}
        return Level.MANAGE if Level.MANAGE in levels else Level.READ if Level.READ in levels else None

    def shelf_level(self, user: User, shelf: Shelf) -> Level | None:
        return None if shelf.deleted or shelf.tenant != user.tenant else self._level(user, shelf.id)

    def governs(self, user: User, shelf: Shelf) -> bool:
        """Sees and sets names and grants, by manage or by role; reads nothing by that alone."""
        if shelf.deleted or shelf.tenant != user.tenant:
            return False
        by_role = Permission.KNOWLEDGE_ADMINISTER in _permissions(user.role) and not shelf.personal
        return by_role or self.shelf_level(user, shelf) is Level.MANAGE

    def sees(self, user: User, shelf: Shelf) -> bool:
        return self.governs(user, shelf) or self.shelf_level(user, shelf) is not None

    def reads(self, user: User, paper: Paper) -> bool:
        if paper.deleted or self.shelf_level(user, self.shelves[paper.shelf]) is None:
            return False
        return not paper.restricted or self._level(user, paper.id) is not None

    def manages(self, user: User, paper: Paper) -> bool:
        """May move, restrict, grant and delete it: by its shelf, or by itself where it is restricted."""
        own = paper.restricted and self._level(user, paper.id) is Level.MANAGE
        return self.reads(user, paper) and (own or self.shelf_level(user, self.shelves[paper.shelf]) is Level.MANAGE)

    def restores(self, user: User, paper: Paper) -> bool:
        """Managed it when it was deleted, and would now."""
        level = self.shelf_level(user, self.shelves[paper.shelf])
        if not paper.deleted or level is None:
            return False
        own = self._level(user, paper.id, once=True)
        if paper.restricted:
            return own is not None and Level.MANAGE in (level, own)
        return level is Level.MANAGE

    def readable(self, user: User) -> list[Paper]:
        return [paper for paper in self.papers if self.reads(user, paper)]

    def uses(self, user: User, agent: Agent) -> bool:
        return agent.tenant == user.tenant and self._level(user, agent.id) is not None

    def knows(self, user: User, agent: Agent) -> bool:
        by_role = agent.tenant == user.tenant and user.role in (Role.ADMIN, Role.SUPER_ADMIN)
        return by_role or self.uses(user, agent)

    def hidden_words(self, user: User) -> list[str]:
        """Every canary that must never reach the user."""
        words = [word for paper in self.papers if not self.reads(user, paper) for word in paper.canaries]
        words += [agent.canary for agent in self.agents if not self.knows(user, agent)]
        return words + [shelf.canary for shelf in self.shelves if not self.sees(user, shelf)]

    def forget(self, resource: UUID) -> None:
        self.grants = {key: level for key, level in self.grants.items() if key[0] != resource}

    def lay_aside(self, resource: UUID) -> None:
        self.laid_aside |= {key: level for key, level in self.grants.items() if key[0] == resource}
        self.forget(resource)

    def take_back(self, resource: UUID) -> None:
        self.grants |= {key: level for key, level in self.laid_aside.items() if key[0] == resource}
        self.laid_aside = {key: level for key, level in self.laid_aside.items() if key[0] != resource}

    def dissolve(self, group: int) -> None:
        self.dissolved.add(group)
        for user in self.users:
            user.groups.discard(group)
        word = subject(SubjectKind.GROUP, self.groups[group])
        self.grants = {key: level for key, level in self.grants.items() if key[1] != word}
        self.laid_aside = {key: level for key, level in self.laid_aside.items() if key[1] != word}

    def subjects(self) -> list[tuple[SubjectKind, UUID, int]]:
        """Whom a grant may name, with their tenants."""
        return [
            *((SubjectKind.USER, user.id, user.tenant) for user in self.users),
            *((SubjectKind.GROUP, i, self.of(n)) for n, i in enumerate(self.groups) if n not in self.dissolved),
            *((SubjectKind.DEPARTMENT, i, self.of(n)) for n, i in enumerate(self.departments)),
            *((SubjectKind.TENANT, i, n) for n, i in enumerate(self.tenants)),
        ]


def _permissions(role: Role) -> frozenset[Permission]:
    administers = frozenset({Permission.KNOWLEDGE_ADMINISTER})
    return administers if role in (Role.ADMIN, Role.SUPER_ADMIN) else frozenset()


Event = tuple[str, int, int, int, bool]
"""What happens, three numbers that pick who and what, and a choice."""

_EVENTS = (
    *("ask", "generate") * 4,
    *("revoke", "leave", "revoke-document", "restrict", "move", "delete") * 2,
    *("grant", "grant-document", "unrestrict", "delete-shelf", "join", "transfer", "dissolve", "deactivate", "replace"),
    *("undelete", "restore-version"),
)
_pick = st.integers(0, 59)
events = st.lists(st.tuples(st.sampled_from(_EVENTS), _pick, _pick, _pick, st.booleans()), min_size=2, max_size=4)

_user = st.tuples(st.sampled_from([Role.USER, Role.USER, Role.CONTENT_MANAGER, Role.ADMIN]), _pick, _pick)
_shapes = st.fixed_dictionaries(
    {
        "tenants": st.sampled_from([1, 2, 2]),
        "departments": st.integers(0, 3),
        "groups": st.integers(0, 3),
        "users": st.lists(_user, min_size=2, max_size=5),
        "shelves": st.lists(st.tuples(_pick, st.sampled_from([False, False, False, True])), min_size=1, max_size=4),
        "papers": st.lists(st.tuples(_pick, st.booleans(), st.integers(1, 2)), min_size=1, max_size=7),
        "agents": st.lists(st.tuples(_pick, _pick, _pick), max_size=3),
        "grants": st.lists(st.tuples(_pick, _pick, st.booleans()), max_size=10),
    }
)


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """Everybody's shelf has an owner; what else is granted, and to whom, is anybody's guess."""
    shape: dict[str, Any] = draw(_shapes)
    tenants = shape["tenants"]
    departments, groups = ([new_id() for _ in range(shape[name])] for name in ("departments", "groups"))

    def own(places: int, tenant: int) -> list[int]:
        return [place for place in range(places) if place % tenants == tenant]

    users: list[User] = []
    for number, (role, department, mask) in enumerate(shape["users"]):
        tenant = number % tenants
        choices = [None, *own(len(departments), tenant)]
        member = {group for group in own(len(groups), tenant) if mask >> group & 1}
        users.append(User(new_id(), tenant, role, choices[department % len(choices)], member))
    shelves = [
        Shelf(new_id(), users[owner % len(users)].tenant, canary(), personal) for owner, personal in shape["shelves"]
    ]
    papers = [
        Paper(new_id(), new_id(), shelf % len(shelves), restricted, chunks, canary())
        for shelf, restricted, chunks in shape["papers"]
    ]
    company = Company([new_id() for _ in range(tenants)], departments, groups, users, shelves, papers)
    for shelf, (owner, _) in zip(shelves, shape["shelves"], strict=True):
        company.grants[shelf.id, subject(SubjectKind.USER, users[owner % len(users)].id)] = Level.MANAGE
    resources = [*((s.id, s.tenant, s.personal) for s in shelves)]
    resources += [(p.id, shelves[p.shelf].tenant, False) for p in papers]
    for owner, mask, whom in shape["agents"]:
        maker = users[owner % len(users)]
        looks = frozenset(place for place in range(len(shelves)) if mask >> place & 1) if mask % 4 else None
        agent = Agent(new_id(), maker.tenant, canary(), looks)
        company.agents.append(agent)
        within = [(kind, i) for kind, i, of in company.subjects() if of == agent.tenant]
        company.grants[agent.id, subject(*within[whom % len(within)])] = Level.READ
        company.grants[agent.id, subject(SubjectKind.USER, maker.id)] = Level.MANAGE
    for which, whom, manage in shape["grants"]:
        resource, tenant, closed = resources[which % len(resources)]
        within = [(kind, i) for kind, i, of in company.subjects() if of == tenant]
        if not closed:
            word = subject(*within[whom % len(within)])
            company.grants[resource, word] = Level.MANAGE if manage else Level.READ
    return company
