"""BoundSockets of paths: a server's and a client's; both paths go with their sockets. (v26)"""

import os

from tracer import t, temp_path

from uvnet import net

path = temp_path()
ours = temp_path()


def exist():
    return f"server={os.path.exists(path)} client={os.path.exists(ours)}"


def on_connection(socket):
    t("S.remote", socket.remote_address)
    socket.end("hello")


def on_listening():
    t("srv.address", server.address())
    client = net.Socket(handle=net.BoundSocket(path=ours))
    t("C.adopted", client.local_address, f"pending={client.pending}", exist())
    client.connect(path)
    client.on("connect", lambda: t("C.connect", client.local_address, client.remote_address))
    client.on("data", lambda chunk: t("C.data", chunk))

    def on_close(had_error):
        t("C.closed", client.local_address, exist())
        server.close()
        t("srv.closed", exist())

    client.on("close", on_close)


server = net.create_server(on_connection)
server.listen(net.BoundSocket(path=path), on_listening)
