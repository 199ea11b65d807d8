"""The API keeps its own description: whatever is sent, no route fails, and each answers as it says it does.

Requests are made up from the description, so a new route is here by itself. `--examples N` makes up N for each route
and caller, other ones in every run; without it they are few and always the same.
"""

from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from e2e.belongings import Belongings, rival_house, settle_in
from e2e.places import kind_of
from factories import make_user
from hub import Company, Hub, Person
from nexus.access.principal import Role
from nexus.core.ids import new_id
from nexus.core.settings import load_settings

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")

EXAMPLES = {"super admin": 6, "user": 3, "nobody": 2}
"""For each route, with made-up ids and again with real ones, of each mode."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
UNREAD = b"Invalid HTTP request received."
"""What the server beneath says of an address longer than it reads, before there is a route."""
SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
NAMED = {401, 403, 404, 409, 413, 416, 422, 429}
"""Must stand in the description one by one; the others may stand in a range."""
ENDLESS = {"/api/knowledge-bases/{knowledge_base_id}/changes"}
"""Streams that nothing ends: asked with made-up ids alone."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Generator[Hub, None, None]:
    """One of its own: what is sent changes what the installation is set to."""
    with Hub(load_settings(data_dir=tmp_path_factory.mktemp("described"), _env_file=None)) as hub:
        yield hub


def statuses_named(ctx: Any, response: Any, case: Any) -> None:
    if response.status_code in NAMED:
        assert str(response.status_code) in case.operation.definition.raw["responses"], (
            f"{case.operation.label} does not name {response.status_code}"
        )


@pytest.mark.parametrize("caller", EXAMPLES)
async def test_every_route_answers_as_it_is_described(
    hub: Hub, company: Company, caller: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    house = await rival_house(hub, company)
    own = await settle_in(hub, house)
    person: Person | None = house.person
    if caller == "user":
        async with hub.database() as db, db.write() as session:
            user = await make_user(session, company.rivals, f"u@{new_id().hex}.test", role=Role.USER)
        person = Person(house.person.client, user.email, user.id)
        await person.post("/ask", {"question": "days of leave"})
    headers = dict(house.person.client.headers) | (person.headers if caller != "nobody" else {})
    if caller == "nobody":
        del headers["authorization"]
    examples = request.config.getoption("--examples")
    asked, found = ask(
        hub, own, headers, EXAMPLES[caller] if examples is None else examples, random=examples is not None
    )
    with capsys.disabled():
        print(f"\n{caller}: {sum(asked.values())} requests", dict(sorted(asked.items())), end=" ")
    assert not found, "\n\n".join(f"{where}\n{what}" for where, what in found.items())


def ask(
    hub: Hub, own: Belongings, headers: dict[str, str], examples: int, *, random: bool
) -> tuple[Counter[int], dict[str, str]]:
    """The statuses of all answers, and the first wrong one of each route."""
    generation = GenerationConfig(with_security_parameters=False, deterministic=not random)
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
    schema = schemathesis.openapi.from_dict(hub.app.openapi(), config=config)
    asked, found = Counter[int](), dict[str, str]()
    sending = requests.Session()
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        if operation.path.startswith("/health"):
            continue
        known = {p.name: own.ids[kind_of(p.name)] for p in operation.path_parameters if kind_of(p.name) in own.ids}
        real = known and operation.method.upper() != "DELETE" and operation.path not in ENDLESS
        for ids in ({}, known) if real else ({},):
            for mode in GenerationMode:
                if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.headers):
                    continue

                @settings(
                    max_examples=examples,
                    deadline=None,
                    database=None,
                    derandomize=not random,
                    phases=[Phase.generate],
                    suppress_health_check=[
                        HealthCheck.too_slow,
                        HealthCheck.filter_too_much,
                        HealthCheck.data_too_large,
                    ],
                )
                @given(operation.as_strategy(generation_mode=mode, path_parameters=ids))
                def answer_as_described(case: Any) -> None:
                    answer = case.call(
                        base_url=hub.url, session=sending, headers=headers, allow_redirects=False, timeout=20
                    )
                    asked[answer.status_code] += 1
                    if answer.content == UNREAD:
                        return
                    case.validate_response(answer, checks=[*CHECKS, statuses_named])

                try:
                    answer_as_described()
                except Unsatisfiable:
                    # There is nothing wrong that could be sent there.
                    assert mode is GenerationMode.NEGATIVE, operation.label
                except (FailureGroup, AssertionError, ExceptionGroup) as failure:
                    found.setdefault(operation.label, str(failure)[:1500])
    return asked, found
