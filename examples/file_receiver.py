"""Receive one file over TCP: see file_sender.py, the other end.

    python examples/file_receiver.py received.bin
    python examples/file_sender.py some.bin    # in another terminal

The sender says the size first, in eight bytes, so that a connection that breaks is not taken for
the end of the file. The answer is the SHA-256 of what has arrived. Nothing is read before the last
chunk is written: a slow disk holds up the sender, and does not fill the memory.
"""

from __future__ import annotations

import argparse
import hashlib
import struct
import sys
from pathlib import Path

import uvnet
from uvnet import events, net


async def receive(socket: net.Socket, path: Path) -> int:
    """Write what comes to a file, which appears when it is complete; return its size.

    Raises:
        EOFError: Not all of it has come, or more than that.
        OSError: The connection has failed, or the file cannot be written.
    """
    (size,) = struct.unpack("!Q", await socket.read_exactly(8))
    digest = hashlib.sha256()
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            async for chunk in socket:
                digest.update(chunk)
                file.write(chunk)
                if file.tell() > size:
                    break
            if file.tell() != size:
                raise EOFError(f"{file.tell()} bytes of {size}")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    socket.end(digest.digest())
    return int(size)


async def main(path: Path, port: int) -> None:
    # Half-open: the answer comes after the end of the sender.
    server = net.create_server(allow_half_open=True)
    await server.listen(port, "127.0.0.1")
    print("listening on", server.address(), flush=True)
    [socket] = await events.once(server, "connection")
    server.close()
    async with socket:
        size = await receive(socket, path)
    print(f"{path}: {size} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--port", type=int, default=8000)
    try:
        uvnet.run(main(**vars(parser.parse_args())))
    except (EOFError, OSError) as error:
        sys.exit(f"not received: {error}")
    except KeyboardInterrupt:  # Ctrl+C
        sys.exit(130)
