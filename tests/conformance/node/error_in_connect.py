"""An exception in 'connect': 'ready' is not emitted, and the socket goes on otherwise."""

from tracer import HOST, serve, settle, t, trace_uncaught, watch

from uvnet import net

DIFFERS = "an exception of a listener does not keep a socket from what it does by itself"

trace_uncaught("C")


def on_connection(socket):
    socket.on("error", lambda err: None)
    socket.end("abc")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    client.resume()

    def destroy():
        t("C.state", connecting=client.connecting, bytes_read=client.bytes_read)
        client.destroy()

    def on_connect():
        settle(destroy)
        raise Exception("in connect")

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
