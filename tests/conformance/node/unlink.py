"""close() has removed the path of a pipe when it returns."""

import os

from tracer import t, temp_path

from uvnet import net

path = temp_path()
server = net.create_server()


def on_listening():
    t("srv.listening", exists=os.path.exists(path))
    server.close(lambda err: t("srv.callback", exists=os.path.exists(path)))
    t("srv.sync", exists=os.path.exists(path))


server.listen(path, on_listening)
