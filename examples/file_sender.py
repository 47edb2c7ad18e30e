"""Send a file over TCP, as fast as the other end takes it: see file_receiver.py.

    python examples/file_receiver.py received.bin
    python examples/file_sender.py some.bin    # in another terminal

write() answers False when enough waits to be sent; drain() waits until that has gone. So a file of
any size is sent with little memory. In the end the receiver answers with the SHA-256 of what it has
got.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import struct
import sys
from pathlib import Path

import uvnet
from uvnet import net

CHUNK = 256 * 1024  # bytes


async def send(socket: net.Socket, path: Path) -> bool:
    """Send a file, and return whether the receiver has got the same.

    Raises:
        EOFError: The receiver has ended without an answer.
        OSError: The connection has failed, or the file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        socket.write(struct.pack("!Q", os.fstat(file.fileno()).st_size))
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            if not socket.write(chunk):
                await socket.drain()
    socket.end()
    return bool(await socket.read_exactly(digest.digest_size) == digest.digest())


async def main(path: Path, host: str, port: int) -> int:
    # Half-open: its own end says that the file is complete, and the answer follows.
    async with await net.connect(port, host, allow_half_open=True) as socket:
        same = await send(socket, path)
    print(f"{path}: {'received' if same else 'received with errors'}")
    return 0 if same else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    try:
        sys.exit(uvnet.run(main(**vars(parser.parse_args()))))
    except (EOFError, OSError) as error:
        sys.exit(f"not sent: {error}")
    except KeyboardInterrupt:  # Ctrl+C
        sys.exit(130)
