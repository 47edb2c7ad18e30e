"""connect() after destroy(), before 'close'."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

DIFFERS = "the end of the first life does not close the second"

connections = 0


def on_connection(socket):
    global connections
    socket.resume()
    connections += 1
    if connections == 2:
        server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def again():
        client.destroy()
        client.connect(port, HOST, lambda: client.end("x"))
        client.resume()
        settle(check)

    def check():
        t("C.state", writable_finished=client.writable_finished)
        client.destroy()

    client.once("ready", lambda: settle(again))


server = serve(on_connection, on_listening)
