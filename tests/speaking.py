"""A Nexus that speaks to a language model server: a double of it, over the real protocol."""

from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager

import pytest
from tests.doubles.openai_chat import OpenAIDouble

from hub import Company, Hub, found_company
from nexus.providers.llm.base import LanguageModel, LlmRequest, LlmStream
from nexus.providers.llm.catalogue import ProviderConfig, build_model
from nexus.providers.llm.clients import CallOptions
from profiles import Profile


class ChosenScript:
    """The product's own client of such servers. Each test says what the server does, by the model's name."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._clients: dict[str, LanguageModel] = {}
        self.script = "normal"

    @property
    def name(self) -> str:
        return f"openai-compatible/{self.script}"

    def stream(self, request: LlmRequest) -> AbstractAsyncContextManager[LlmStream]:
        if self.script not in self._clients:
            config = ProviderConfig("openai-compatible", self._base_url)
            self._clients[self.script] = build_model(config, self.script, options=CallOptions(backoff=0.01))
        return self._clients[self.script].stream(request)

    async def warm_up(self) -> None:
        """There is nothing to hurry for."""

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()


@pytest.fixture(scope="session")
def double() -> Generator[OpenAIDouble, None, None]:
    with OpenAIDouble() as double:
        yield double


@pytest.fixture(scope="session")
def speaking(
    tmp_path_factory: pytest.TempPathFactory, double: OpenAIDouble, profile: Profile
) -> Generator[tuple[Hub, ChosenScript]]:
    model = ChosenScript(double.base_url)
    folder, egress = tmp_path_factory.mktemp("speaking"), {"allowed_hosts": ["127.0.0.1"]}
    with profile.install(folder, egress=egress) as settings, Hub(settings, language_model=model) as hub:
        yield hub, model


@pytest.fixture
def speaking_hub(speaking: tuple[Hub, ChosenScript]) -> Hub:
    return speaking[0]


@pytest.fixture
def model(speaking: tuple[Hub, ChosenScript], double: OpenAIDouble) -> ChosenScript:
    double.forget()
    speaking[1].script = "normal"
    return speaking[1]


@pytest.fixture
async def firm(speaking_hub: Hub, model: ChosenScript) -> AsyncGenerator[Company, None]:
    """A tenant of this test's own where a language model answers."""
    async with speaking_hub.client() as client:
        yield await found_company(speaking_hub, client)


@pytest.fixture
async def pumps(firm: Company) -> str:
    """A knowledge base with two documents about pumps."""
    shelf = await firm.owner.make_shelf("Pumps", grants=[firm.grants["member"]])
    await firm.owner.upload(shelf, "seal.md", "The seal of the Heron pump is changed after 6000 hours.")
    await firm.owner.add(shelf, "oil.md", "The seal of the Heron pump is oiled every week.")
    return shelf
