"""Every vendor's double, by the form of its protocol."""

from tests.doubles.anthropic_messages import Anthropic2023Wire, AnthropicWire
from tests.doubles.gemini import GeminiWire
from tests.doubles.ollama_chat import OllamaWire
from tests.doubles.openai_wire import AzureWire, OpenAIWire
from tests.doubles.vendor_wire import VendorDouble, Wire

from nexus.providers.llm.catalogue import ProviderConfig, ProviderKind

KEY = "sk-secret-key"
VENDORS: dict[str, tuple[ProviderKind, type[Wire], str]] = {
    "openai": ("openai", OpenAIWire, ""),
    "openai-compatible": ("openai-compatible", OpenAIWire, ""),
    "azure": ("azure", AzureWire, ""),
    "azure-dated": ("azure", AzureWire, "2024-10-21"),
    "anthropic": ("anthropic", AnthropicWire, ""),
    "anthropic-2023": ("anthropic", Anthropic2023Wire, "2023-06-01"),
    "google": ("google", GeminiWire, ""),
    "ollama": ("ollama", OllamaWire, ""),
}
"""The vendor, its protocol and the version that is configured."""


def double_of(form: str) -> VendorDouble:
    return VendorDouble(VENDORS[form][1](), key=KEY)


def config_of(form: str, double: VendorDouble, key: str | None = KEY) -> ProviderConfig:
    return ProviderConfig(VENDORS[form][0], double.address, key, api_version=VENDORS[form][2])
