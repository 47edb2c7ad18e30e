"""A path that is there already is in use, even when nobody listens; it is never removed."""

import os

from tracer import message, t, temp_path, watch

from uvnet import net

path = temp_path()
with open(path, "w"):
    pass
server = watch(net.create_server(), "srv", ["listening", "close"])


def on_error(err):
    t("srv.error", err, message(err), address=err.address, exists=os.path.exists(path))


server.on("error", on_error)
server.listen(path)
