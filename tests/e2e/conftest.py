"""Two who ask for what is not theirs, watched."""

from collections.abc import Generator

import pytest
from sqlalchemy import event

from e2e.asker import Asker, Watcher
from e2e.belongings import CANARY, OF_TENANT, House, house_of, rival_house, settle_in
from factories import make_user
from hub import Company, Hub, Person
from nexus.access.principal import Role
from nexus.core.db import Database
from nexus.core.ids import new_id


@pytest.fixture
def watcher(hub: Hub) -> Generator[Watcher, None, None]:
    watcher, db = Watcher(), hub.resource(Database)
    engines = {db.engine.sync_engine, db._writer.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", watcher.note)
    yield watcher
    for engine in engines:
        event.remove(engine, "before_cursor_execute", watcher.note)


@pytest.fixture
async def askers(hub: Hub, company: Company, watcher: Watcher) -> list[Asker]:
    """Another tenant's super admin, and a colleague to whom nothing was granted; both have belongings of their own."""
    theirs = await settle_in(hub, await house_of(hub, company))
    rivals = await rival_house(hub, company)
    own = await settle_in(hub, rivals)
    async with hub.database() as db, db.write() as session:
        user = await make_user(session, company.tenant, f"nina@{new_id().hex}.test", role=Role.CONTENT_MANAGER)
    nina = Person(company.owner.client, user.email, user.id)
    hers = await settle_in(hub, House(company.tenant, company.operator, nina, company.member.id, f"Own {new_id().hex}"))
    return [
        Asker(
            watcher,
            rivals.person,
            own.ids,
            theirs.ids,
            theirs.ids,
            (company.owner, company.operator),
            (CANARY, OF_TENANT),
        ),
        Asker(watcher, nina, hers.ids, theirs.private, theirs.ids, (company.owner, company.member), (CANARY,)),
    ]
