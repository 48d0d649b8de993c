"""A load client that counts: each connection posts, waits, posts again; whatever is not a 200 is a failure."""

import asyncio
import time
from dataclasses import dataclass, field

PATIENCE = 60.0


@dataclass
class Outcome:
    answered: int = 0
    statuses: dict[int, int] = field(default_factory=dict)  # of the failed
    broken: int = 0  # connection lost, or no answer in time
    longest_ms: float = 0.0
    first_failure: str = ""

    @property
    def failed(self) -> int:
        return self.broken + sum(self.statuses.values())

    def why(self) -> str:
        return f"{self.statuses} broken: {self.broken}; first: {self.first_failure}" if self.failed else ""


async def read_reply(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line[15:])
    return status, await reader.readexactly(length)


async def one_connection(port: int, request: bytes, until: float, outcome: Outcome) -> None:
    writer = None
    while time.monotonic() < until:
        start = time.monotonic()
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            status, body = await asyncio.wait_for(read_reply(reader), PATIENCE)
        except (OSError, EOFError, asyncio.TimeoutError, ValueError) as error:
            outcome.broken += 1
            outcome.first_failure = outcome.first_failure or repr(error)
            if writer is not None:
                writer.close()
                writer = None
            await asyncio.sleep(0.01)
            continue
        outcome.longest_ms = max(outcome.longest_ms, (time.monotonic() - start) * 1000)
        if status == 200:
            outcome.answered += 1
        else:
            outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
            outcome.first_failure = outcome.first_failure or body.decode(errors="replace")[:200]
    if writer is not None:
        writer.close()


def run(port: int, path: str, body: str, connections: int, seconds: float) -> Outcome:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    request = (head + body).encode()
    outcome = Outcome()
    until = time.monotonic() + seconds

    async def all_of_them():
        await asyncio.gather(*(one_connection(port, request, until, outcome) for _ in range(connections)))

    asyncio.run(all_of_them())
    return outcome
