"""Over a path: writes before 'connect', which comes in a later turn even so."""

from tracer import collect, nt, t, temp_path, watch

from uvnet import net

path = temp_path()


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening():
    client = watch(net.connect(path), "C")
    client.resume()
    t("C.write", client.write("ab", lambda err: t("C.written_1")), client.connecting)
    t("C.write", client.write("cd", lambda err: t("C.written_2")), client.bytes_written)
    client.end()
    nt("C.nt")


server = net.create_server(on_connection)
server.listen(path, on_listening)
