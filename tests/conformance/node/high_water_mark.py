"""An own high-water mark of the client, and of the server for its sockets."""

from tracer import HOST, serve, t

from uvnet import net


def marks(socket):
    return {
        "readable_high_water_mark": socket.readable_high_water_mark,
        "writable_high_water_mark": socket.writable_high_water_mark,
    }


def on_connection(socket):
    t("S.marks", **marks(socket))
    socket.end()
    socket.resume()
    server.close()


def on_listening(port):
    client = net.connect(port=port, host=HOST, high_water_mark=10)
    t("C.marks", **marks(client))
    t("C.write", client.write("123456789"), client.write("0"))
    client.resume()


server = serve(on_connection, on_listening, high_water_mark=4096)
