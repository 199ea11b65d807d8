"""The log shows no secret: real processes, real servers and clients, and what they write on standard error."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nexus.core.redaction import GONE, Redactor, secrets_in
from nexus.core.settings import load_settings

ODD = 'pa"ss\\wörd & co'
KEY = "0123456789abcdefghijklmnopqrstuv"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"

PROCESS = """
import asyncio, logging, sys, threading, httpx2, uvicorn
from nexus.core.logging import configure_logging
from nexus.core.settings import load_settings

ODD = 'pa"ss\\\\wörd & co'
configure_logging(load_settings(
    _env_file=None, log_format=sys.argv[1], log_level="DEBUG", db={"url": "postgresql+asyncpg://nexus:db-secret@db/nexus"},
    llm={"api_key": ODD}, secrets={"keys": "0123456789abcdefghijklmnopqrstuv,another-key-of-the-installation"},
))
for name in ("httpx2", "httpcore2", "uvicorn", "uvicorn.access", "uvicorn.error"):
    logging.getLogger(name).setLevel(logging.DEBUG)
log = logging.getLogger("nexus.test")

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    if scope["path"] == "/fail":
        raise RuntimeError(f"cannot use {ODD} of {dict(scope['headers'])}")
    cookie = (b"set-cookie", b"nexus_refresh=cookie-secret; Path=/")
    await send({"type": "http.response.start", "status": 200, "headers": [cookie]})
    await send({"type": "http.response.body", "body": b"fine"})

async def main():
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=True, lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        headers = {"Authorization": "Bearer opaque-bearer-secret", "X-API-Key": "header-secret"}
        headers["Cookie"] = "a=cookie-secret"
        for path in ("/callback?code=code-secret&state=state-secret&page=3", "/fail?token=query-secret"):
            await http.get(path, headers=headers)
    server.should_exit = True
    await task

asyncio.run(main())
log.info("key %s, %r, %s", ODD, ODD, {"api_key": "dict-secret", "Authorization": "Basic dXNlcjpiYXNpYy1zZWNyZXQ="})
log.info("the key 0123456789abcdefghijklmnopqrstuv and another-key-of-the-installation")
log.info("nxk_api-key-secret nxr_refresh-secret-1 %s", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl")
log.info("Authorization: Bearer line-secret-1")
log.info("connect to postgresql+asyncpg://nexus:db-secret@db/nexus", stack_info=True)
threading.excepthook = lambda args: log.error("thread", exc_info=(args.exc_type, args.exc_value, args.exc_traceback))
try:
    raise ValueError(f"inner {ODD}")
except ValueError as error:
    raise RuntimeError("last words, password=exit-secret") from error
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_comes_through(form: str, tmp_path: Path) -> None:
    script = tmp_path / "process.py"
    script.write_text(PROCESS, encoding="utf-8")
    done = subprocess.run([sys.executable, str(script), form], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == ""
    log = done.stderr
    written = log if form == "text" else "\n".join(str(json.loads(line)) for line in log.splitlines())
    for place in ("GET /callback", "page=3", "HTTP Request", "Traceback", "cannot use", "last words", "inner", "Stack"):
        assert place.lower() in written.lower(), place
    for text in (log, written):
        assert "-secret" not in text, [line for line in text.splitlines() if "-secret" in line]
        for secret in (ODD, repr(ODD)[1:-1], json.dumps(ODD)[1:-1], KEY, "another-key", "dXNlcjpi", "eyJ", "c2lnbmF0"):
            assert secret not in text
    assert written.count(GONE) > 15


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Authorization: Bearer abcdefghij", f"Authorization: {GONE}"),
        (
            "[(b'authorization', b'Bearer abcdefghij'), (b'host', b'x')]",
            f"[(b'authorization', b'{GONE}'), (b'host', b'x')]",
        ),
        ("{'Cookie': 'a=b; c=d', 'host': 'x'}", f"{{'Cookie': '{GONE}', 'host': 'x'}}"),
        ('{"headers": "{\\"authorization\\": \\"abc\\"}"}', f'{{"headers": "{{\\"authorization\\": \\"{GONE}\\"}}"}}'),
        ("GET /api/x?code=1&a=2#token=3 done", f"GET /api/x?code={GONE}&a=2#token={GONE} done"),
        ("redis://:pass@host:6379/0 and https://host:80/a@b", f"redis://:{GONE}@host:6379/0 and https://host:80/a@b"),
        (f"token {JWT}.", f"token {GONE}"),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY----- rest", f"{GONE} rest"),
        ("the job ended with exit code=3, state=failed", "the job ended with exit code=3, state=failed"),
        ("authorization failed for 3 people", "authorization failed for 3 people"),
    ],
)
def test_what_looks_like_a_secret_goes_and_the_rest_stays(text: str, cleaned: str) -> None:
    assert Redactor().clean(text) == cleaned


def test_every_secret_of_the_settings_is_known() -> None:
    given = {"keys": "first-key,second-key"}
    settings = load_settings(
        _env_file=None, secret_key="signing", secrets=given, oidc={"client_secret": "of-the-client"}
    )
    assert set(secrets_in(settings)) == {"signing", "first-key,second-key", "first-key", "second-key", "of-the-client"}


def test_a_word_within_another_leaves_nothing_of_the_longer() -> None:
    redactor = Redactor()
    redactor.register(["secret", "secret-and-more", "abc"])
    assert redactor.clean("secret-and-more secret abc") == f"{GONE} {GONE} abc"
