"""The last address has all the time it wants; what did not answer is an error among the others."""

from tracer import HOST, black_hole, serve, t, watch

from uvnet import net

PLATFORM = "linux"


def on_listening(port):
    def on_hole(silent, done):
        server.close()

        def lookup(host, callback, **options):
            callback(None, [(silent, 4), (HOST, 4)])

        def on_error(err):
            for each in err.errors:
                t("C.each", each, str(each))

        client = net.connect(
            port=port,
            host="name.invalid",
            lookup=lookup,
            auto_select_family_attempt_timeout=20,
        )
        watch(client, "C").on("error", on_error)
        client.on("close", lambda had_error: done())

    black_hole(port, on_hole)


server = serve(lambda socket: None, on_listening)
