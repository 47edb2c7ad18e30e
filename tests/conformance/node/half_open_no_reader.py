"""A half-open client that never reads sees the bare end of its peer, and stays writable."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S").end()
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, allow_half_open=True), "C")

    def end():
        t("C.state", readable_flowing=client.readable_flowing, ready_state=client.ready_state)
        client.end("bye")

    client.on("end", lambda: settle(end))


server = serve(on_connection, on_listening)
