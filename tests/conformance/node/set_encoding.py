"""setEncoding(): text, and a character that arrives in two halves."""

from urllib.parse import quote

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.write(bytes([0x61, 0xE2, 0x82]))
    settle(lambda: socket.end(bytes([0xAC, 0xE2])))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.set_encoding("utf8")
    t("C.encoding", client.readable_encoding)
    client.on("data", lambda chunk: t("C.data", isinstance(chunk, str), quote(chunk)))


server = serve(on_connection, on_listening)
