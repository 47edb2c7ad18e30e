"""The lookup of a socket keeps the process, although the socket does not."""

from tracer import at_exit, serve, t, watch

from uvnet import net


def ready(port):
    server.unref()
    client = net.connect(port=port, host="localhost", family=4)
    watch(client, "C", ["lookup", "connection_attempt", "connect"]).unref()
    t("C.sync")
    at_exit(client.destroy)
    at_exit(server.close)


server = serve(lambda socket: socket.end(), ready)
