"""Over a path: a socket file that nobody listens on any more."""

import os

from tracer import temp_path, watch

from uvnet import net

path = temp_path()


def on_listening():
    os.rename(path, f"{path}-moved")
    server.close(lambda err: watch(net.connect(f"{path}-moved"), "C"))


server = net.create_server()
server.listen(path, on_listening)
