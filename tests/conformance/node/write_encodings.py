"""Text is written in the encoding that is named, or in the default one."""

from tracer import HOST, serve, t

from uvnet import net


def on_connection(socket):
    received = bytearray()
    socket.on("data", received.extend)
    socket.on("end", lambda: t("S.received", received.hex()))
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    client.resume()
    client.write("\u20ac|")
    client.write("\u00fc|", "latin1")
    client.write("7c7c", "hex")
    client.write("fHw=", "base64")
    client.write("a|", "utf16le")
    client.set_default_encoding("hex")
    client.write("ff")
    t("C.state", bytes_written=client.bytes_written)
    client.end("00")


server = serve(on_connection, on_listening)
