"""Which tests stay on one worker when several run at once: those that share a server, or the machine's processes.

xdist's own way to group them writes into the names of tests, which pytest no longer takes from there.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

_PROCESSES = ("tests/e2e/test_kill.py", "tests/e2e/test_chaos.py", "tests/e2e/test_hostile_batch.py")


class Sharing(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        if module in _PROCESSES:
            return "processes"
        return module if module.startswith("tests/page/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    return Sharing(config, log)
