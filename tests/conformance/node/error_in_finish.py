"""An exception in 'finish', which comes after the end of the peer."""

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

    def destroy():
        t("C.state", destroyed=client.destroyed)
        client.destroy()

    def on_finish():
        settle(destroy)
        raise Exception("in finish")

    client.on("finish", on_finish)


server = serve(on_connection, on_listening)
