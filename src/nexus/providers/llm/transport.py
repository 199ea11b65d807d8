"""The HTTP client under a language model."""

import httpx2


def build_http(connect_timeout: float, max_connections: int) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(None, connect=connect_timeout, pool=connect_timeout),
        limits=httpx2.Limits(max_connections=max_connections, max_keepalive_connections=max_connections),
        headers={"accept-encoding": "identity"},
    )
