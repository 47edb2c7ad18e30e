"""Keep-alive without a delay is keep-alive: the kernel has a timer, with a delay of its own."""

from pathlib import Path

from tracer import HOST, serve, settle, t

from uvnet import net

PLATFORM = "linux"


def timer(socket):
    ends = f":{socket.local_port:04X}", f":{socket.remote_port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines():
        words = line.split()
        if words[1].endswith(ends[0]) and words[2].endswith(ends[1]):
            return words[5].split(":")[0]


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    client.resume()

    def check():
        t("C.timer", timer(client))
        client.set_keep_alive(True)
        t("C.timer", timer(client))
        client.set_keep_alive(False)
        t("C.timer", timer(client))
        client.end()

    client.on("connect", lambda: settle(check))


server = serve(on_connection, on_listening)
