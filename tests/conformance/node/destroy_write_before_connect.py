"""Writes of a socket that is destroyed before it is connected fail after 'close'."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.write("ab", lambda err: t("C.written_1", err))
    client.write("cd", lambda err: t("C.written_2", err))
    client.destroy()
    client.on("close", lambda had_error: server.close())


server = serve(lambda socket: t("srv.connection"), on_listening)
