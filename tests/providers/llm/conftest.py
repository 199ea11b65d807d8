"""Models of every vendor, before doubles that speak its protocol."""

import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.doubles.vendor_wire import VendorDouble
from tests.doubles.vendors import KEY, VENDORS, config_of, double_of

from nexus.core.egress import Egress
from nexus.providers.llm.base import ChatTurn, LanguageModel, LlmError, LlmRequest, LlmStream
from nexus.providers.llm.catalogue import build_model
from nexus.providers.llm.clients import CallOptions

REQUEST = LlmRequest("Answer from the passages.", [ChatTurn("user", "[1] Grass is green.\n[2] The sky is blue.")])


@dataclass
class Told:
    text: str
    error: LlmError | None
    stream: LlmStream

    @property
    def code(self) -> str | None:
        return self.error.code if self.error else None


async def tell(model: LanguageModel, request: LlmRequest = REQUEST) -> Told:
    text, error = "", None
    async with model.stream(request) as stream:
        try:
            async for delta in stream:
                text += delta
        except LlmError as raised:
            error = raised
    return Told(text, error, stream)


@pytest.fixture(scope="session")
def vendor_doubles() -> Iterator[dict[str, VendorDouble]]:
    with contextlib.ExitStack() as stack:
        doubles = {form: double_of(form) for form in VENDORS}
        for double in doubles.values():
            stack.enter_context(double)
        yield doubles


@dataclass
class Vendor:
    form: str
    double: VendorDouble
    make: Callable[..., LanguageModel]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [request.body for request in self.double.requests]


@pytest.fixture
async def vendor(request: pytest.FixtureRequest, vendor_doubles: dict[str, VendorDouble]) -> AsyncGenerator[Vendor]:
    """Parametrized by form: `@pytest.mark.parametrize("vendor", [...], indirect=True)`."""
    double = vendor_doubles[request.param]
    double.forget()
    made: list[LanguageModel] = []

    def make(model: str, *, key: str | None = KEY, egress: Egress | None = None, **options: Any) -> LanguageModel:
        call = CallOptions(**{"backoff": 0.001, **options})
        made.append(build_model(config_of(request.param, double, key), model, egress=egress, options=call))
        return made[-1]

    yield Vendor(request.param, double, make)
    for model in made:
        await model.aclose()
