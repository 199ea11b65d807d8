"""A Nexus without a language model of its own, whose tenants may set doubles of vendors up."""

from collections.abc import AsyncGenerator, Generator

import pytest
from tests.doubles.openai_chat import OpenAIDouble

from hub import Company, Hub, found_company
from nexus.core.settings import load_settings


@pytest.fixture(scope="session")
def chat_double() -> Generator[OpenAIDouble, None, None]:
    with OpenAIDouble() as double:
        yield double


@pytest.fixture(scope="session")
def model_hub(tmp_path_factory: pytest.TempPathFactory) -> Generator[Hub, None, None]:
    settings = load_settings(
        data_dir=tmp_path_factory.mktemp("models"),
        egress={"allowed_hosts": ["127.0.0.1"]},
        llm={"key_names": {"PLUM_KEY": "api.openai.com"}},
        _env_file=None,
    )
    with Hub(settings) as hub:
        yield hub


@pytest.fixture
async def house(model_hub: Hub, chat_double: OpenAIDouble) -> AsyncGenerator[Company, None]:
    chat_double.forget()
    async with model_hub.client() as client:
        yield await found_company(model_hub, client)
