"""What somebody configured, and what becomes of it: addresses, lists of models, and whom a key is shown to."""

import time
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.doubles.openai_chat import SECRET
from tests.doubles.vendor_wire import MODELS, VendorDouble
from tests.doubles.vendors import KEY, VENDORS, config_of

from nexus.core.egress import Egress
from nexus.providers.llm.addresses import azure_endpoint, checked_address, without_version
from nexus.providers.llm.base import LlmError
from nexus.providers.llm.catalogue import PROVIDER_KINDS, ProviderConfig, ProviderKind, build_model, list_models
from nexus.providers.llm.clients import CallOptions
from providers.llm.conftest import tell

FORMS = pytest.mark.parametrize("form", list(VENDORS))
Doubles = dict[str, VendorDouble]


@FORMS
async def test_the_models_of_a_vendor_are_listed_over_all_pages(form: str, vendor_doubles: Doubles) -> None:
    assert list(await list_models(config_of(form, vendor_doubles[form]))) == sorted(MODELS)


@FORMS
async def test_a_list_is_refused_to_a_wrong_key_and_nothing_is_quoted(form: str, vendor_doubles: Doubles) -> None:
    with pytest.raises(LlmError, match="did not accept its key") as failure:
        await list_models(config_of(form, vendor_doubles[form], "wrong"))
    assert failure.value.code == "rejected"
    assert SECRET not in repr(failure.value.__cause__) + repr(failure.value)


@FORMS
async def test_a_server_without_a_list_says_so(form: str, vendor_doubles: Doubles) -> None:
    config = config_of(form, vendor_doubles[form])
    address = config.address.removesuffix("/v1") + "/nowhere"
    with pytest.raises(LlmError, match="no list of models") as failure:
        await list_models(replace(config, base_url=address))
    assert failure.value.code == "rejected"


@FORMS
async def test_no_list_is_fetched_from_inside(form: str, vendor_doubles: Doubles) -> None:
    config = config_of(form, vendor_doubles[form])
    with pytest.raises(LlmError, match="may not be called"):
        await list_models(config, egress=Egress())
    assert await list_models(config, egress=Egress(("127.0.0.0/8",)))


async def test_a_silent_server_is_not_waited_for_longer_than_the_deadline(
    vendor_doubles: Doubles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nexus.providers.llm.listing._DEADLINE", 0.3)
    monkeypatch.setattr(type(vendor_doubles["ollama"].wire), "listing", lambda *_: time.sleep(1) or {"models": []})
    with pytest.raises(LlmError) as failure:
        await list_models(config_of("ollama", vendor_doubles["ollama"]))
    assert failure.value.code == "timeout"


@pytest.mark.parametrize("page", [[], {}, {"data": 1}, {"data": [1]}, {"models": [[]]}, "x"])
async def test_a_list_of_another_shape_is_at_worst_malformed(
    page: Any, vendor_doubles: Doubles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(vendor_doubles["ollama"].wire), "listing", lambda *_: page)
    with pytest.raises(LlmError) as failure:
        await list_models(config_of("ollama", vendor_doubles["ollama"]))
    assert failure.value.code == "malformed"


@dataclass(frozen=True)
class Pinned(Egress):
    """A name that means this one address."""

    async def resolve(self, host: str, port: int) -> list[str]:
        assert (host, port > 0) == ("model.invalid", True)
        return ["127.0.0.1"]


@FORMS
async def test_the_connection_goes_where_the_guard_looked(form: str, vendor_doubles: Doubles) -> None:
    double = vendor_doubles[form]
    double.forget()
    config = config_of(form, double)
    config = replace(config, base_url=config.address.replace("127.0.0.1", "model.invalid"))
    model = build_model(config, "normal", egress=Pinned())
    assert (await tell(model)).error is None
    assert list(await list_models(config, egress=Pinned())) == sorted(MODELS)
    await model.aclose()
    assert double.requests[0].headers["host"] == f"model.invalid:{double.port}"


@dataclass(frozen=True)
class Twofold(Egress):
    """Two addresses, of which nobody listens at the first."""

    async def resolve(self, host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]


async def test_the_next_address_is_tried_where_nobody_listens(vendor_doubles: Doubles) -> None:
    config = config_of("anthropic", vendor_doubles["anthropic"])
    model = build_model(config, "normal", egress=Twofold(), options=CallOptions(retries=0))
    assert (await tell(model)).error is None
    await model.aclose()


async def test_what_a_proxy_is_asked_for_is_judged_too(vendor_doubles: Doubles) -> None:
    double = vendor_doubles["ollama"]
    double.forget()
    config = ProviderConfig("ollama", "http://169.254.169.254/")
    options = CallOptions(proxy=double.address, retries=0)
    model = build_model(config, "normal", egress=Egress(), options=options)
    assert (await tell(model)).code == "unreachable"
    assert not double.requests
    await model.aclose()


@pytest.mark.parametrize("kind", PROVIDER_KINDS)
def test_a_model_tells_who_serves_it(kind: ProviderKind) -> None:
    model = build_model(ProviderConfig(kind, "https://model.example", KEY, region="eu-north"), "large")
    assert model.name == f"{kind}/large"
    assert KEY not in repr(ProviderConfig(kind, api_key=KEY))


@pytest.mark.parametrize("kind", ["openai", "anthropic", "google", "ollama"])
def test_a_vendor_with_an_address_of_its_own_needs_none(kind: ProviderKind) -> None:
    assert ProviderConfig(kind).address.startswith("http")


@pytest.mark.parametrize(
    "config",
    [
        ProviderConfig("azure"),
        ProviderConfig("openai-compatible", "model.example/v1"),
        ProviderConfig("openai-compatible", "https://user:word@model.example/v1"),
        ProviderConfig("openai-compatible", "https://model.example:99999/v1"),
        ProviderConfig("openai", api_key="a b"),
        ProviderConfig("google", api_version="../v1"),
    ],
)
async def test_what_can_never_work_is_said_at_once(config: ProviderConfig) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        build_model(config, "model")
    with pytest.raises(ValueError, match=r"\.$"):
        await list_models(config)


@pytest.mark.parametrize(
    "pasted",
    [
        "https://x.openai.azure.com",
        "https://x.openai.azure.com/",
        "https://x.openai.azure.com/openai",
        "https://x.openai.azure.com/openai/v1/",
        "https://x.openai.azure.com/openai/deployments/old/chat/completions?api-version=2023-05-15",
    ],
)
def test_azure_s_address_may_be_pasted_in_any_of_its_forms(pasted: str) -> None:
    address = checked_address(pasted)
    assert azure_endpoint(address, "", "prod") == ("https://x.openai.azure.com/openai/v1", {})
    assert azure_endpoint(address, "preview", "prod")[1] == {"api-version": "preview"}
    dated = ("https://x.openai.azure.com/openai/deployments/prod", {"api-version": "2024-10-21"})
    assert azure_endpoint(address, "2024-10-21", "prod") == dated


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("https://api.anthropic.com/v1/", "https://api.anthropic.com"),
        ("http://ollama:11434/api", "http://ollama:11434"),
        ("http://gateway/anthropic", "http://gateway/anthropic"),
        ("https://v1", "https://v1"),
    ],
)
def test_a_version_in_an_address_is_not_said_twice(pasted: str, address: str) -> None:
    assert without_version(checked_address(pasted)) == address
