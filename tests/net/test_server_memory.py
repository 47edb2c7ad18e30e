"""What an idle connection costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

PROGRAM = """
import resource, subprocess, sys
import uvnet
from uvnet import net

CLIENTS = '''
import resource, socket, sys
port, count = map(int, sys.argv[1:])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
sockets[0].recv(1)
'''

def memory():  # bytes that are this process's alone
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Private_"))

hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
first, last = 500, int(sys.argv[1])
sockets = []
sizes = []

def on_connection(socket):
    sockets.append(socket)
    if len(sockets) in (first, last):
        sizes.append(memory())
    if len(sockets) == last:
        print((sizes[1] - sizes[0]) / (last - first))
        for socket in sockets:
            socket.destroy()
        server.close()

server = net.create_server(on_connection).listen(0, backlog=4000)
clients = subprocess.Popen([sys.executable, "-c", CLIENTS, str(server.address().port), str(last)])
uvnet.run()
assert clients.wait() == 0
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_of_an_idle_connection(
    python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """At most 2000 bytes: the socket, its handle, and what the loop has for it."""
    process = python(PROGRAM, 4000, PYTHONMALLOC="default")
    assert 0 < float(process.stdout) <= 2000
