"""Sharing one search's work with threads that have nothing else to do."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import TypeVar

_Result = TypeVar("_Result")


class Crew:
    """The executor that searches run on, seen from within one of them.

    A job is offered to the executor and taken back if nobody has begun it by the time the asking thread
    gets there: a lone question uses every processor, a crowd of them does not wait for one another, and
    as only jobs that have begun are waited for, no two can wait in a circle.
    """

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = executor

    def run(self, jobs: Sequence[Callable[[], _Result]]) -> list[_Result]:
        """The results in the order of `jobs`. Others take from the front, the caller from the back."""
        offered = [self._offered(job) for job in jobs[:-1]]
        results = [job() for job in jobs[-1:]]
        for job, future in zip(reversed(jobs[:-1]), reversed(offered), strict=True):
            if future is None or future.cancel():
                results.append(job())
            else:
                results.append(future.result())
        return results[::-1]

    def _offered(self, job: Callable[[], _Result]) -> Future[_Result] | None:
        if self._executor is None:
            return None
        try:
            return self._executor.submit(job)
        except RuntimeError:  # the index is closing: what is under way is finished alone
            return None
