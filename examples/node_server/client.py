"""A Python client of a server in Node: what it sends comes back in capitals.

Try it:
    node examples/node_server/server.js
    python examples/node_server/client.py hello world   # in another terminal
"""

from __future__ import annotations

import argparse
import sys

import uvnet
from uvnet import net


async def main(words: list[str], port: int) -> None:
    # Half-open: its own end says that these were all the lines, and the answers follow.
    async with await net.connect(port, "127.0.0.1", allow_half_open=True) as socket:
        for word in words:
            socket.write(word + "\n")
        socket.end()
        socket.set_encoding("utf8")
        async for text in socket:
            print(text, end="")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="+")
    parser.add_argument("--port", type=int, default=8000)
    try:
        uvnet.run(main(**vars(parser.parse_args())))
    except OSError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:  # Ctrl+C
        sys.exit(130)
