"""What a page's test prepares through the API, as the founder."""

from typing import Any

import httpx2
from page_hub import EMAIL, PASSWORD, Hub


class Founder:
    """Signed in at the API, as the founder or whoever is named. Every account it opens has the founder's password."""

    def __init__(self, hub: Hub, email: str = EMAIL) -> None:
        self._client = httpx2.Client(base_url=f"{hub.url}/api", timeout=30)
        answer = self._client.post("/auth/login", json={"email": email, "password": hub.password})
        self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def __enter__(self) -> "Founder":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def add(self, name: str, role: str = "user") -> str:
        """A new account's address."""
        email = f"{name.lower()}@acme.test"
        self.call("POST", "/users", {"email": email, "name": name, "role": role, "password": PASSWORD})
        return email
