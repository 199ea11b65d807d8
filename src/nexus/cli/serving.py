"""The web process, in the foreground for people and in a thread for commands that find no server."""

import asyncio
import gc
import os
import socket
import threading
from collections.abc import Callable

import uvicorn

from nexus.app import build_app
from nexus.channels.socket_routes import LONGEST_MESSAGE
from nexus.core.errors import ConflictError
from nexus.core.lock import DataFolderLock, ServerAddress
from nexus.core.logging import configure_logging
from nexus.core.profile import require_safe
from nexus.core.settings import Settings, load_settings
from nexus.identity.tokens import OperatorToken
from nexus.resources import prove_files


class _Server(uvicorn.Server):
    """Tells its owner once it takes requests."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()


class WebProcess:
    """The application behind a socket that is open before anything is loaded, so that a taken port says so at once."""

    def __init__(self, settings: Settings, lock: DataFolderLock, *, started: Callable[[str], None]) -> None:
        """`started` gets the set-up link's address, or an empty text."""
        self._lock = lock
        self._started = started
        self.socket = _listen(settings.http.host, settings.http.port)
        host, port = self.socket.getsockname()[:2]
        # A free port is known only now, and addresses that are given to people and to providers have it in them.
        http = settings.http.model_copy(update={"port": port})
        self._app = build_app(settings.model_copy(update={"http": http}))
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
            ws_max_size=LONGEST_MESSAGE,
            loop="uvloop" if os.name == "posix" else "asyncio",
        )
        self.server = _Server(config, self._announce)

    def run(self) -> None:
        """Until stopped; raises what the start raised."""
        self.server.run(sockets=[self.socket])
        if not self.server.started:
            raise SystemExit(3)

    def _announce(self) -> None:
        # What was made for the start lives as long as the process. Looking through it again stopped every stream for a
        # quarter of a second, several times a minute.
        gc.collect()
        gc.freeze()
        token = self._app.state.resources[OperatorToken].value
        self._lock.announce(ServerAddress(self.url, token, os.getpid()))
        link = self._app.state.setup_link
        self._started(link.url if link else "")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = error.strerror or "it is taken"
        raise ConflictError(f"Cannot listen on {host}:{port}: {reason}. Choose another with --port.") from error
    return listener


def serve(host: str | None, port: int | None) -> None:
    """Runs until it is told to stop. Raises SettingsError."""
    settings = load_settings()
    chosen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    if chosen:
        settings = settings.model_copy(update={"http": settings.http.model_copy(update=chosen)})
    # Before anything is made in the data folder.
    require_safe(settings)
    configure_logging(settings)
    # Where a sentence is enough, not the trace of a start that failed.
    asyncio.run(prove_files(settings))

    with DataFolderLock(settings.data_dir) as lock:
        process = WebProcess(settings, lock, started=lambda link: _greet(process.url, link, settings))
        process.run()


def _greet(url: str, link: str, settings: Settings) -> None:
    print(f"\n  Nexus is ready at {settings.http.public_url or url}")
    if link:
        print(f"\n  Set it up once, within a day:\n  {link}")
    if settings.developer_user:
        print(f"\n  Anybody at this machine can sign in as {settings.developer_user} (NEXUS_DEVELOPER_USER).")
    mode = (
        f"answers by {settings.llm.model}"
        if settings.llm.model
        else "answers are quotations (no language model is set)"
    )
    print(f"\n  Data in {settings.data_dir.resolve()} · {mode} · stop with Ctrl+C\n", flush=True)


class BackgroundServer:
    """The same process behind a free port of this machine, for the length of one command."""

    def __init__(self, settings: Settings, lock: DataFolderLock) -> None:
        http = settings.http.model_copy(update={"host": "127.0.0.1", "port": 0})
        self._settings = settings.model_copy(update={"http": http})
        self._ready = threading.Event()
        self._process = WebProcess(self._settings, lock, started=lambda _: self._ready.set())
        self._thread = threading.Thread(target=self._run, name="nexus-server", daemon=True)
        self._error: BaseException | None = None

    def _run(self) -> None:
        try:
            asyncio.run(self._process.server.serve(sockets=[self._process.socket]))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - carried to the thread that waits for the start
            self._error = error
        finally:
            self._ready.set()

    def start(self) -> None:
        """Returns when requests are taken. Raises what the start raised."""
        configure_logging(self._settings.model_copy(update={"log_level": "WARNING"}))
        self._thread.start()
        self._ready.wait()
        if self._error is not None or not self._process.server.started:
            raise self._error or ConflictError("The server could not start. `nexus serve` shows why.")

    def stop(self) -> None:
        self._process.server.should_exit = True
        self._thread.join(timeout=30)
