"""Several things done at the same moment, each in a thread and a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection


def at_once(*acts: Callable[[], object]) -> list[BaseException | None]:
    """Every act in a thread and connection of its own, let go at the same moment; what each raised."""
    raised: list[BaseException | None] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            gate.wait(10)
            act()
        except Exception as error:  # noqa: BLE001 - handed to the test
            raised[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised
