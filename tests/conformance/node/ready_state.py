"""readyState from construction to 'close'."""

from tracer import HOST, serve, t

from uvnet import net

client = net.Socket(allow_half_open=True)


def state(when):
    t(
        "C.state",
        when,
        ready_state=client.ready_state,
        pending=client.pending,
        connecting=client.connecting,
    )


def on_connection(socket):
    socket.resume()
    socket.on("end", lambda: socket.end())
    server.close()


def on_connect():
    state("connect")
    client.end()
    state("ended")


def on_listening(port):
    state("new")
    client.connect(port, HOST)
    state("sync")
    client.resume()
    client.on("connect", on_connect)
    client.on("end", lambda: state("end"))
    client.on("close", lambda had_error: state("close"))


server = serve(on_connection, on_listening, allow_half_open=True)
