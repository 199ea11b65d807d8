"""An app for second factors, as people have on their telephones."""

from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from pyotp.totp import TOTP

from factories import PASSWORD
from nexus.core.clock import now
from nexus.identity import second_factor

Headers = dict[str, str]


class Time:
    """The server's, which can be put forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        monkeypatch.setattr(second_factor, "now", self.now)

    def now(self) -> datetime:
        return now() + self.ahead


class Phone:
    """Shows the code of this moment; `wait` lets half minutes go by, for the server too."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self.secret = ""

    def another(self) -> "Phone":
        return Phone(self._time)

    def wait(self, steps: int = 1) -> None:
        self._time.ahead += timedelta(seconds=30 * steps)

    def code(self, steps: int = 0) -> str:
        return TOTP(self.secret).at(int(self._time.now().timestamp()) + 30 * steps)


async def login(client: httpx2.AsyncClient, email: str, password: str = PASSWORD) -> Any:
    answer = await client.post("/api/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def set_up(client: httpx2.AsyncClient, phone: Phone, headers: Headers, password: str = PASSWORD) -> list[str]:
    """Turns one's own second factor on; the recovery codes."""
    begun = await client.post("/api/me/second-factor", headers=headers, json={"password": password})
    assert begun.status_code == 200, begun.text
    phone.secret = begun.json()["secret"]
    confirmed = await client.post("/api/me/second-factor/confirm", headers=headers, json={"code": phone.code()})
    assert confirmed.status_code == 200, confirmed.text
    phone.wait()
    return confirmed.json()["recovery_codes"]


async def give(client: httpx2.AsyncClient, challenge: str, code: str) -> httpx2.Response:
    return await client.post("/api/auth/second-factor", json={"challenge": challenge, "code": code})


def bearer(answer: httpx2.Response) -> Headers:
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
