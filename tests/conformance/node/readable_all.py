"""readableAll and writableAll open the path to everybody."""

import os

from tracer import t, temp_path

from uvnet import net

path = temp_path()
server = net.create_server()


def on_listening():
    t("srv.mode", f"{os.stat(path).st_mode & 0o777:o}")
    server.close()


server.listen(on_listening, path=path, readable_all=True, writable_all=True)
