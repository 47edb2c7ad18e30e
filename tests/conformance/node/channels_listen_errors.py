"""Which failures of listen() are published, and when: a host that is not found is none of them."""

from tracer import HOST, attempt, hide_port, t, watch

from uvnet import diagnostics, net

ends = {}


def subscribe(part, channel):
    def heard(message, name):
        error = getattr(message, "error", None)
        t(f"{ends[message.server]}.{part}", message.server.listening, error)

    channel.subscribe(heard)


def make(name):
    server = net.create_server()
    ends[server] = name
    return watch(server, name, ["listening", "error", "close"])


def on_listening():
    port = first.address().port
    hide_port(port)
    attempt("first.again", lambda: first.listen(1))
    make("taken").on("error", lambda error: first.close()).listen(port, HOST)
    make("descriptor").listen(fd=99999)
    make("unknown").listen(0, "no-such-host.invalid")
    wrong = make("wrong")
    attempt("wrong.listen", lambda: wrong.listen(port=-1))
    brief = make("brief")
    brief.listen(0)
    brief.close()


tracing = diagnostics.tracing_channel("net.server.listen")
for part in ("async_start", "async_end", "error"):
    subscribe(part, getattr(tracing, part))
first = make("first")
first.listen(0, HOST, on_listening)
