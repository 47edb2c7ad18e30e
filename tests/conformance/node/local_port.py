"""localAddress and localPort together: what the peer sees, and what an error says."""

from tracer import CLOSED_PORT, HOST, serve, t, watch

from uvnet import net

PLATFORM = "linux"


def free_port(local):  # a port that has just been free
    def on_connection(socket):
        t("S.remote", socket.remote_address, socket.remote_port)
        socket.end()
        server.close()

    def on_error(err):
        t("refused.error", str(err), address=err.local_address, port=err.local_port)

    def on_close(had_error):
        refused = net.connect(
            host=HOST, local_address="127.0.0.9", local_port=local, port=CLOSED_PORT
        )
        refused.on("error", on_error)

    def on_listening(port):
        client = net.connect(host=HOST, local_address=HOST, local_port=local, port=port)
        watch(client, "C", ["connect", "close"]).resume()
        client.on("connect", lambda: t("C.local", client.local_address, client.local_port))
        client.on("close", on_close)

    server = serve(on_connection, on_listening)


taken = serve(lambda socket: None, lambda local: taken.close(lambda err: free_port(local)))
