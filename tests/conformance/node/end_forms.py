"""The forms of end() and write(), with and without encodings and callbacks."""

from tracer import HOST, collect, serve, t

from uvnet import net


def on_listening(port):
    forms = [
        lambda client: client.end(),
        lambda client: client.end(lambda err: t("C1.callback")),
        lambda client: client.end("c2"),
        lambda client: client.end("c3", lambda err: t("C3.callback")),
        lambda client: client.end("6334", "hex"),
        lambda client: client.end("6335", "hex", lambda err: t("C5.callback")),
        lambda client: client.end(b"c6", lambda err: t("C6.callback")),
    ]

    def following(i):
        if i == len(forms):
            server.close()
            return
        client = net.connect(port, HOST, lambda: t(f"C{i}.end", forms[i](client) is client))
        client.resume()
        client.on("close", lambda had_error: following(i + 1))

    following(0)


server = serve(lambda socket: collect(socket, "S"), on_listening)
