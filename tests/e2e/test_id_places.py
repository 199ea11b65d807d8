"""Ids in bodies, query strings, cursors and streams: somebody else's is answered exactly as one that does not exist.

The places are read from the API's description, so a new route is here by itself. The same means: the same status, the
same words, the same headers, and the same statements in the same order, which is what the time of an answer is made of.
"""

from collections import Counter

import pytest

from e2e.asker import Asker
from e2e.places import Description, Place, kind_of
from hub import Company, Hub
from nexus.core.ids import new_id

LEGITIMATE = (
    ("/api/tenants", "tenant_id", "a super admin looks after every tenant"),
    ("/api/jobs", "job_id", "and after what the whole installation has to do"),
    ("/api/audit-events", "tenant_id", "and sees in the log what they did to one"),
)
"""Where a kind of id is not foreign, by the beginning of the path, and why."""
NOT_REACHED = {
    "POST /api/external-identities body:user_id": "no issuer is trusted here; test_trusted_issuers.py tries it"
}
EVERYWHERE = {"user_id", "document_id"}
"""Kinds that are tried in paths too where another is meant."""


async def compare(asker: Asker, place: Place, names: Description) -> tuple[set[int], list[str]]:
    """The statuses that were told, and what was told differently."""
    wrong, statuses = list[str](), set[int]()
    for number, beside in enumerate(names.variants(place)):
        await asker.put(place, str(new_id()), beside, names)  # whatever is made the first time is made now
        unknown = await asker.put(place, str(new_id()), beside, names)
        statuses.add(unknown.status)
        for name, value in asker.foreign.items():
            # Every kind of id once where there is one way through; otherwise what would be looked for there.
            fits = name == kind_of(place.name) or (number == 0 and place.where != "path") or name in EVERYWHERE
            own = any(place.operation.path.startswith(path) and name == kind for path, kind, _ in LEGITIMATE)
            if own or not fits:
                continue
            asker.tried += 1
            real = await asker.put(place, value, beside, names)
            if real != unknown or (place.where == "path" and real.status not in {403, 404}):
                wrong.append(f"{place} {beside} {name}:\n  {real}\n  {unknown}")
    return statuses, wrong


async def test_ids_of_others_are_unknown_wherever_they_stand(
    hub: Hub, company: Company, askers: list[Asker], capsys: pytest.CaptureFixture[str]
) -> None:
    names = Description(hub.app.openapi())
    places, wrong = list(names.places()), list[str]()
    assert Counter(place.where for place in places) > Counter(path=50, query=8, body=30)
    for place in places:
        statuses = set[int]()
        for asker in askers:
            told, found = await compare(asker, place, names)
            statuses |= told
            wrong += found
        if not statuses - {401, 403, 422} and str(place) not in NOT_REACHED:
            wrong.append(f"{place}: {statuses}, so nobody came as far as to the id")
        if max(statuses) >= 500:
            wrong.append(f"{place}: {statuses}")
    routes = len({str(place.operation) for place in places})
    with capsys.disabled():
        print(f"\n{routes} routes, {len(places)} places, {sum(asker.tried for asker in askers)} foreign ids", end=", ")
        print(f"{sum(asker.asked for asker in askers)} requests", end=" ")
    assert not wrong, "\n".join(wrong)
    # And nothing of it has changed.
    owner = await company.owner.get(f"/documents/{askers[0].foreign['document_id']}")
    assert (owner["state"], owner["knowledge_base_id"]) == ("ready", askers[0].foreign["knowledge_base_id"])
    assert (await company.owner.get(f"/runs/{askers[0].foreign['run_id']}"))["run"]["state"] == "succeeded"
