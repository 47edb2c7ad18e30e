"""An exception in 'end': the socket does not end itself."""

from tracer import HOST, serve, settle, t, trace_uncaught, watch

from uvnet import net

DIFFERS = "an exception of a listener does not keep a socket from what it does by itself"

trace_uncaught("C")


def on_connection(socket):
    socket.end("abc")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    client.resume()

    def end():
        t("C.state", writable=client.writable, destroyed=client.destroyed)
        client.end()

    def on_end():
        settle(end)
        raise Exception("in end")

    client.on("end", on_end)


server = serve(on_connection, on_listening)
