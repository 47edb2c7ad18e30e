"""An address that does not answer in time is given up for the next one."""

from tracer import HOST, black_hole, serve, t, watch

from uvnet import net

PLATFORM = "linux"


def on_connection(socket):
    socket.end()
    server.close()


def on_listening(port):
    def on_hole(silent, done):
        def lookup(host, callback, **options):
            callback(None, [(silent, 4), (HOST, 4)])

        client = net.connect(
            port=port,
            host="name.invalid",
            lookup=lookup,
            auto_select_family_attempt_timeout=50,
        )
        watch(client, "C").resume()
        client.on(
            "connect", lambda: t("C.attempted", len(client.auto_select_family_attempted_addresses))
        )
        client.on("close", lambda had_error: done())

    black_hole(port, on_hole)


server = serve(on_connection, on_listening)
