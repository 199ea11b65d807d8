"""Which language model answers whom for what, from the rows of this moment: nothing has to be restarted."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from nexus.core.db import Database
from nexus.core.logging import conceal
from nexus.core.secrets import SecretBox, UnsealError
from nexus.core.settings_llm import LlmSettings, read_key
from nexus.llms import prompt_queries, queries
from nexus.llms.adapters import Adapters, Key
from nexus.llms.health import Health
from nexus.llms.models import ModelProvider, ModelRoute
from nexus.llms.prices import Price, load_prices, price_of
from nexus.llms.routing import Candidate, RoutedModel
from nexus.llms.schemas import Purpose, agent_purpose
from nexus.llms.service import key_place
from nexus.providers.llm.base import ChatTurn, LanguageModel, LlmError, LlmRequest, LlmUsage, Served
from nexus.providers.llm.catalogue import ProviderConfig
from nexus.providers.llm.failures import Failure

logger = logging.getLogger(__name__)

LONGEST_CALL: Final = 600.0
"""Seconds; a route's own deadline is shorter."""
_TEST_SECONDS: Final = 30.0
_TEST: Final = LlmRequest("You are being tested.", [ChatTurn("user", "Reply with the one word: Ready")], max_tokens=64)
_SHOWN: Final = 200


class Vendors(Protocol):
    """What the composition root knows of the vendors, with the guard before addresses that people configure."""

    def build(self, config: ProviderConfig, model: str) -> LanguageModel:
        """Raises ValueError for what can never work."""
        ...

    async def list_models(self, config: ProviderConfig) -> Sequence[str]:
        """Raises LlmError, ValueError."""
        ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """A model for one run, with the bounds of its route."""

    model: RoutedModel
    max_tokens: int
    temperature: float
    prompt: str = ""
    """The tenant's own words, which stand behind what always holds."""
    prompt_version: int = 0
    instructions: str = ""
    """An agent's, which stand behind those; none of them takes back what always holds."""
    instructions_version: int | None = None
    """None where no agent answers."""

    async def price(self, served: Served, usage: LlmUsage) -> Price | None:
        """What a call that `served` answered cost; None where nobody knows."""
        if not usage.input_tokens and not usage.output_tokens:
            return None
        urls = (each.price_url for each in self.model.candidates if each.served == served)
        return await price_of(served, usage, url=next(urls, ""))


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a short real call. Times in seconds."""

    text: str
    failure: str | None
    first_token: float | None
    total: float


class Models:
    """The language models of one process."""

    def __init__(
        self,
        db: Database,
        box: SecretBox,
        settings: LlmSettings,
        vendors: Vendors,
        environment: LanguageModel | None,
    ) -> None:
        """`environment` is the installation's own model, built from its settings; it is closed with the rest."""
        self._db = db
        self._box = box
        self._settings = settings
        self._vendors = vendors
        self._environment = environment
        self._adapters = Adapters()

    async def aclose(self) -> None:
        await self._adapters.aclose()
        if self._environment is not None:
            await self._environment.aclose()

    async def warm_up(self) -> None:
        """Loads what the first answer needs; calls nobody."""
        if self._environment is not None:
            await self._environment.warm_up()
            await load_prices()

    @property
    def environment(self) -> str | None:
        """The name of the installation's own model."""
        if self._environment is None:
            return None
        return self._settings.model or self._environment.name.partition("/")[2]

    @property
    def environment_host(self) -> str:
        return urlsplit(self._settings.base_url).hostname or ""

    async def choose(self, tenant_id: UUID, purpose: Purpose, agent_id: UUID | None = None) -> Chosen | None:
        """Reads the route, an agent's own before the purpose's; None means that nobody is there to answer: then
        answers are quotations."""
        own = [agent_purpose(agent_id)] if agent_id else []
        wanted = list(dict.fromkeys((*own, purpose.value, Purpose.KNOWLEDGE.value)))
        async with self._db.read() as session:
            routes = await queries.find_routes(session, tenant_id, wanted)
            route = next((routes[each] for each in wanted if each in routes), None)
            rows = (await queries.candidates_of(session, [route.id])).get(route.id, ()) if route else ()
            number, text = await prompt_queries.active_text(session, tenant_id, purpose.value)
            told, instructions = await prompt_queries.active_text(session, tenant_id, own[0]) if own else (None, "")
        if route is None:
            chosen = self._by_environment()
        else:
            chosen = self._by_route(route, [(provider, row.model) for row, provider in rows])
        if chosen is None:
            return None
        return replace(chosen, prompt=text, prompt_version=number, instructions=instructions, instructions_version=told)

    async def find_name(self, tenant_id: UUID) -> str | None:
        """The model that answers questions about documents; None where answers are quotations."""
        chosen = await self.choose(tenant_id, Purpose.KNOWLEDGE)
        return chosen.model.name if chosen else None

    def health_of(self, provider: ModelProvider | None, model: str) -> Health | None:
        return self._adapters.find_health(_key(provider, model))

    def healths_of(self, provider: ModelProvider | None) -> Sequence[tuple[str, Health]]:
        """Of each model that was asked under the provider's present settings."""
        return self._adapters.healths(_key(provider, "")[:2])

    async def list_models(self, provider: ModelProvider) -> tuple[Sequence[str], str | None]:
        """Asks the provider; the names, or a sentence that says why there are none."""
        try:
            return await self._vendors.list_models(self._config(provider)), None
        except (LlmError, ValueError) as error:
            return [], error.detail if isinstance(error, LlmError) else str(error)

    async def test(self, provider: ModelProvider | None, model: str) -> Trial:
        """A short real call, also where the circuit is open; a success closes it. Failures are in what it returns."""
        candidate = self._candidate(provider, model) if provider else self._own()
        started = time.monotonic()
        first: float | None = None
        said: list[str] = []
        try:
            async with asyncio.timeout(_TEST_SECONDS), candidate.lease() as adapter, adapter.stream(_TEST) as stream:
                async for text in stream:
                    first = first or time.monotonic() - started
                    said.append(text)
            candidate.health.began(first or time.monotonic() - started)
            candidate.health.succeeded()
            failure = None
        except (LlmError, TimeoutError) as error:
            known = error if isinstance(error, LlmError) else Failure.TOTAL_TIMEOUT.to_error()
            candidate.health.failed(known)
            failure = known.detail
        return Trial("".join(said).strip()[:_SHOWN], failure, first, time.monotonic() - started)

    def _by_environment(self) -> Chosen | None:
        if self._environment is None:
            return None
        # Its adapter has the deadlines of the settings; one who is alone needs no patience.
        routed = RoutedModel([self._own()], deadline=LONGEST_CALL, patience=LONGEST_CALL)
        return Chosen(routed, self._settings.max_output_tokens, self._settings.temperature)

    def _by_route(self, route: ModelRoute, pairs: Sequence[tuple[ModelProvider | None, str]]) -> Chosen | None:
        candidates = [
            self._candidate(provider, model) if provider else self._own()
            for provider, model in pairs
            if (provider.enabled if provider else self._environment is not None)
        ]
        if not candidates:
            return None
        routed = RoutedModel(candidates, deadline=route.deadline_seconds, patience=route.patience_seconds)
        return Chosen(routed, route.max_tokens, route.temperature)

    def _own(self) -> Candidate:
        """The installation's. Raises LlmError where it has none."""
        model = self._environment
        if model is None:
            raise Failure.UNKNOWN_MODEL.to_error()
        kind, _, name = model.name.partition("/")
        health = self._adapters.health(_key(None, name))
        return Candidate(Served(kind, name), health, partial(_lend, model), self._settings.base_url)

    def _candidate(self, provider: ModelProvider, model: str) -> Candidate:
        key = _key(provider, model)

        @contextlib.asynccontextmanager
        async def lease() -> AsyncGenerator[LanguageModel]:
            async with self._adapters.lease(key, lambda: self._build(provider, model)) as adapter:
                yield adapter

        served = Served(provider.kind, model, provider.region)
        return Candidate(served, self._adapters.health(key), lease, provider.base_url)

    def _build(self, provider: ModelProvider, model: str) -> LanguageModel:
        """Raises LlmError."""
        try:
            return self._vendors.build(self._config(provider), model)
        except ValueError as error:
            raise LlmError("rejected", str(error)) from None

    def _config(self, provider: ModelProvider) -> ProviderConfig:
        """Raises LlmError when the key is gone."""
        kind: Any = provider.kind
        return ProviderConfig(
            kind,
            provider.base_url,
            self._read_key(provider),
            region=provider.region,
            api_version=provider.api_version,
            timeout_seconds=LONGEST_CALL,
        )

    def _read_key(self, provider: ModelProvider) -> str | None:
        if provider.key_env:
            key = read_key(self._settings, provider.key_env)
            if not key:
                raise LlmError(
                    "rejected",
                    f"The environment variable {provider.key_env} holds no key. An administrator has to see to it.",
                )
        elif provider.sealed_key:
            try:
                key = self._box.unseal(provider.sealed_key, key_place(provider))
            except UnsealError as error:
                logger.error("a model provider's key is lost: %s", error)  # noqa: TRY400
                sentence = "The stored key cannot be read any more. An administrator has to enter it again."
                raise LlmError("rejected", sentence) from None
        else:
            return None
        conceal([key])
        return key


@contextlib.asynccontextmanager
async def _lend(model: LanguageModel) -> AsyncGenerator[LanguageModel]:
    yield model


def _key(provider: ModelProvider | None, model: str) -> Key:
    """A changed provider is another one: its failures of before are forgotten, and so is its adapter."""
    return (provider.id, provider.version, model) if provider else ("environment", 0, model)
