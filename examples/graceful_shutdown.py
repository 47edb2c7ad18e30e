"""A server that stops as a service should: no request is cut off, and it does not take forever.

    python examples/graceful_shutdown.py
    nc localhost 8000                          # every line is a request that takes a second
    Ctrl+C, or kill                            # in the middle of one

On SIGINT or SIGTERM it stops listening, ends the connections that are idle, and lets those that are
busy have their answer. What is left after the deadline is cut. The exit status is 1 if that was so.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

import uvnet
from uvnet import net


class Service:
    """Answers requests, and knows which connections wait for an answer.

    Args:
        work: Seconds that a request takes.
    """

    def __init__(self, work: float) -> None:
        self.work = work
        self.stopping = asyncio.Event()
        self.busy: dict[net.Socket, bool] = {}  # every connection
        # Half-open, so that a client that has asked and ended still gets its answer.
        self.server = net.create_server(self.serve, allow_half_open=True)

    async def serve(self, socket: net.Socket) -> None:
        self.busy[socket] = False
        socket.on("close", lambda had_error: self.busy.pop(socket))
        socket.on("error", lambda error: print(error, flush=True))
        async for request in socket:
            if self.stopping.is_set():
                continue  # it came too late: the connection has been ended
            self.busy[socket] = True
            await asyncio.sleep(self.work)
            socket.write(b"done: " + request)
            self.busy[socket] = False
            if self.stopping.is_set():
                socket.end()
        socket.end()

    async def stop(self, deadline: float) -> int:
        """Stop within so many seconds; return how many connections had to be cut."""
        closed = asyncio.Event()
        self.stopping.set()
        self.server.close(lambda error: closed.set())  # called when the last connection is gone
        for socket, busy in self.busy.items():
            if not busy:
                socket.end()
        try:
            async with asyncio.timeout(deadline):
                await closed.wait()
        except TimeoutError:
            cut = [socket.destroy() for socket in self.busy]
            await closed.wait()
            return len(cut)
        return 0


async def main(port: int, work: float, deadline: float) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    service = Service(work)
    await service.server.listen(port, "127.0.0.1")
    print("listening on", service.server.address(), flush=True)
    await stop.wait()
    print(f"stopping: {sum(service.busy.values())} busy of {len(service.busy)}", flush=True)
    cut = await service.stop(deadline)
    print(f"stopped: {cut} cut", flush=True)
    return 1 if cut else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--work", type=float, default=1.0, help="seconds that a request takes")
    parser.add_argument("--deadline", type=float, default=10.0, help="seconds to stop in")
    sys.exit(uvnet.run(main(**vars(parser.parse_args()))))
