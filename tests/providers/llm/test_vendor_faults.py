"""What goes wrong at each vendor, and that nothing of its words reaches anybody."""

import asyncio
import logging
import time

import pytest
from tests.doubles.openai_chat import SECRET, UNICODE_TEXT
from tests.doubles.vendors import KEY, VENDORS

from nexus.core.egress import Egress
from providers.llm.conftest import REQUEST, Vendor, tell

ALL = pytest.mark.parametrize("vendor", list(VENDORS), indirect=True)
WIRES = pytest.mark.parametrize("vendor", ["anthropic", "google", "ollama"], indirect=True)

FAULTS = {
    "normal?refuse=key": ("rejected", "key"),
    "normal?refuse=forbidden": ("rejected", "key"),
    "normal?refuse=model": ("rejected", "not found"),
    "normal?refuse=bad": ("rejected", "settings"),
    "normal?refuse=long": ("rejected", "too long"),
    "normal?refuse=rate": ("rate-limited", "too many requests"),
    "normal?refuse=overloaded": ("server-error", "server failed"),
    "normal?refuse=server": ("server-error", "server failed"),
    "normal?html=1": ("malformed", "no answer"),
    "normal?location=elsewhere": ("malformed", "no answer"),
    "normal?malformed=2": ("malformed", "no answer"),
    "normal?error=2": ("server-error", "server failed"),
    "normal?die=3": ("unreachable", "broke off"),
    "normal?stop=3": ("unreachable", "broke off"),
    "silent": ("timeout", "too long to begin"),
    "normal?hang=2": ("timeout", "silent"),
    "empty": ("empty", "empty answer"),
    "empty?finish=length&think=2": ("empty", "length limit"),
}


@ALL
@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_has_its_code_and_leaks_nothing(
    vendor: Vendor, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code, words = FAULTS[fault]
    begun = time.perf_counter()
    told = await tell(vendor.make(fault, first_token_timeout=1, idle_timeout=0.5))

    assert told.error is not None
    assert (told.error.code, words in str(told.error)) == (code, True), str(told.error)
    assert time.perf_counter() - begun < 6
    assert "elsewhere" not in {request.path for request in vendor.double.requests}
    shown = caplog.text + str(told.error) + repr(told.error.__cause__) + repr(told.error.__context__)
    assert SECRET not in shown
    assert KEY not in shown


@ALL
async def test_a_wrong_key_is_named_as_such(vendor: Vendor) -> None:
    told = await tell(vendor.make("normal", key="wrong"))
    assert told.code == "rejected"
    assert "did not accept its key" in str(told.error)


@pytest.mark.parametrize("vendor", ["openai", "azure", "anthropic", "ollama"], indirect=True)
async def test_a_quota_that_is_used_up_is_an_administrator_s_matter(vendor: Vendor) -> None:
    told = await tell(vendor.make("normal?refuse=quota"))
    assert told.code == "rate-limited"
    assert "quota is used up" in str(told.error)


@ALL
@pytest.mark.parametrize("kind", ["rate", "overloaded"])
async def test_a_passing_refusal_is_asked_again(vendor: Vendor, kind: str) -> None:
    told = await tell(vendor.make(f"normal?refuse={kind}&times=2"))
    assert (told.error, len(vendor.double.requests)) == (None, 3)


@pytest.mark.parametrize("vendor", ["openai", "azure", "anthropic", "ollama"], indirect=True)
async def test_the_vendor_says_when_to_come_back(vendor: Vendor) -> None:
    begun = time.perf_counter()
    assert (await tell(vendor.make("normal?refuse=rate&times=1&retry_after=1"))).error is None
    assert time.perf_counter() - begun >= 1


@pytest.mark.parametrize("vendor", ["google"], indirect=True)
async def test_google_says_in_its_body_when_to_come_back(vendor: Vendor) -> None:
    begun = time.perf_counter()
    assert (await tell(vendor.make("normal?refuse=later&times=1"))).error is None
    assert time.perf_counter() - begun >= 1.5


@pytest.mark.parametrize("vendor", ["openai", "azure", "azure-dated", "anthropic", "google"], indirect=True)
async def test_what_a_content_filter_withheld_is_said_so(vendor: Vendor) -> None:
    told = await tell(vendor.make("normal?filtered=1"))
    assert (told.error, told.stream.finish_reason) == (None, "content-filter")
    told = await tell(vendor.make("empty?filtered=1"))
    assert told.code == "empty"
    assert "content filter" in str(told.error)


@pytest.mark.parametrize(
    ("vendor", "script"),
    [
        ("openai", "refuse=filter"),
        ("azure", "refuse=filter"),
        ("azure-dated", "refuse=filter"),
        ("google", "blocked=1"),
    ],
    indirect=["vendor"],
)
async def test_a_withheld_question_is_no_administrator_s_matter(vendor: Vendor, script: str) -> None:
    told = await tell(vendor.make(f"normal?{script}"))
    assert told.code == "empty"
    assert "content filter" in str(told.error)


@WIRES
async def test_a_stream_without_its_end_is_no_whole_answer(vendor: Vendor) -> None:
    told = await tell(vendor.make("normal?finish=none"))
    assert told.code == "unreachable"
    assert told.text
    assert told.stream.usage.estimated
    assert not told.stream.tool_calls


@ALL
async def test_cancelling_closes_the_vendor_s_connection_within_a_second(vendor: Vendor) -> None:
    model, begun = vendor.make("words?rate=20&tokens=100000"), asyncio.Event()

    async def read() -> None:
        async with model.stream(REQUEST) as stream:
            async for _ in stream:
                begun.set()

    task = asyncio.create_task(read())
    await asyncio.wait_for(begun.wait(), timeout=10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (received,) = vendor.double.requests
    await asyncio.wait_for(asyncio.wrap_future(received.ended), timeout=1)
    assert received.disconnected


@WIRES
async def test_a_connection_serves_one_answer_after_another(vendor: Vendor) -> None:
    model = vendor.make("normal")
    for _ in range(3):
        assert (await tell(model)).error is None
    assert len({received.connection for received in vendor.double.requests}) == 1


@WIRES
async def test_however_finely_the_bytes_arrive_the_text_is_whole(vendor: Vendor) -> None:
    assert (await tell(vendor.make("unicode?frame=1"))).text == UNICODE_TEXT


@ALL
async def test_an_address_inside_is_not_called(vendor: Vendor) -> None:
    told = await tell(vendor.make("normal", egress=Egress()))
    assert told.code == "unreachable"
    assert "may not be called" in str(told.error)
    assert not vendor.double.requests


@ALL
async def test_an_allowed_address_is_called(vendor: Vendor) -> None:
    told = await tell(vendor.make("normal", egress=Egress(("127.0.0.1",))))
    assert told.error is None
