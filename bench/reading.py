"""Readers at the same time, in a process of their own, so that they take no time from the server.

Usage: python -m bench.reading PORT PATHS COOKIES PAUSE REQUESTS [HOST]. PATHS are asked for in turn, commas between;
there is a reader for each of COOKIES, with a connection of its own, that asks REQUESTS times, on average PAUSE seconds
after the last answer, or at once when that is 0. Prints JSON: the milliseconds of each request, from its first byte
sent to the last byte received, and every status that was not 200.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import threading
import time


def read(
    port: int, paths: list[str], cookie: str, pause: float, requests: int, host: str = "localhost"
) -> tuple[list[float], list[int]]:
    """Milliseconds and unwanted statuses of one reader."""
    times: list[float] = []
    unwanted: list[int] = []
    connection = http.client.HTTPConnection(host, port, timeout=60)
    headers = {"Cookie": f"zegel={cookie}"}
    chance = random.Random(cookie)
    for number in range(requests):
        if pause:
            time.sleep(chance.uniform(0, 2 * pause))
        begin = time.perf_counter()
        connection.request("GET", paths[number % len(paths)], headers=headers)
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - begin) * 1000)
        if answer.status != 200:
            unwanted.append(answer.status)
    connection.close()
    return times, unwanted


def main(port: int, paths: list[str], cookies: list[str], pause: float, requests: int, host: str) -> None:
    """All readers at once."""
    found: list[tuple[list[float], list[int]]] = []
    readers = [
        threading.Thread(target=lambda each=each: found.append(read(port, paths, each, pause, requests, host)))
        for each in cookies
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    if len(found) != len(readers):
        raise SystemExit("a reader broke off")
    times = [each for one, _ in found for each in one]
    print(json.dumps([times, [each for _, unwanted in found for each in unwanted]]))


if __name__ == "__main__":
    main(
        int(sys.argv[1]),
        sys.argv[2].split(","),
        sys.argv[3].split(","),
        float(sys.argv[4]),
        int(sys.argv[5]),
        (*sys.argv[6:], "localhost")[0],
    )
