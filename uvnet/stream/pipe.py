"""pipe() and unpipe(). Node: Readable.prototype.pipe"""

from __future__ import annotations

from uvnet import events
from uvnet.errors import ERR_INVALID_ARG_TYPE


class UnpipeInfo:
    """The second argument of 'unpipe': who has seen it sets has_unpiped."""

    __slots__ = ("has_unpiped",)

    def __init__(self):
        self.has_unpiped = False


class _Pipe:
    """One source and one destination."""

    def __init__(self, source, destination, end):
        self.source = source
        self.destination = destination
        self.on_end = self.ended if end else self.unpipe

    def start(self):
        source = self.source
        destination = self.destination
        if source.pipes is None:
            source.pipes = []
        source.pipes.append(destination)
        if source.rflags & END_EMITTED:
            source.tick(self.on_end, ())
        else:
            source.once("end", self.on_end)
        destination.on("unpipe", self.unpiped)
        source.on("data", self.data)
        # Before the listeners of the user, so that the source is detached when they are told.
        destination.prepend_listener("error", self.failed)
        destination.once("close", self.closed)
        destination.once("finish", self.finished)
        destination.emit("pipe", source)
        if getattr(destination, "writable_need_drain", False) is True:
            self.pause()
        elif not source.rflags & FLOWING:
            source.resume()

    def data(self, chunk):
        try:
            if self.destination.write(chunk) is False:
                self.pause()
        except Exception as exc:
            self.destination.destroy(exc)

    def pause(self):
        source = self.source
        if not self.stopped:
            if source.await_drain is None:
                source.await_drain = set()
            source.await_drain.add(self.destination)
            source.pause()
        if self.on_drain is None:
            self.on_drain = self.drained
            self.destination.on("drain", self.on_drain)
        return 0

    def drained(self):
        source = self.source
        wanted(source)
        if source.await_drain is not None:
            source.await_drain.discard(self.destination)
            if source.await_drain:
                return
            source.await_drain = None
        if source.rflags & DATA_LISTENING:
            source.resume()

    def ended(self):
        self.destination.end()

    def unpipe(self):
        self.source.unpipe(self.destination)

    def unpiped(self, source, info=None):
        if source is self.source and info is not None and info.has_unpiped is False:
            info.has_unpiped = True
            self.clean_up()

    def clean_up(self):
        source = self.source
        destination = self.destination
        destination.remove_listener("close", self.closed)
        destination.remove_listener("finish", self.finished)
        if self.on_drain is not None:
            destination.remove_listener("drain", self.on_drain)
        destination.remove_listener("error", self.failed)
        destination.remove_listener("unpipe", self.unpiped)
        source.remove_listener("end", self.on_end)
        source.remove_listener("data", self.data)
        self.stopped = True
        # Others that this one was holding up may go on.
        if self.on_drain is not None and source.await_drain is not None:
            self.drained()
        return 0

    def failed(self, error):
        destination = self.destination
        self.unpipe()
        destination.remove_listener("error", self.failed)
        if destination.listener_count("error") == 0:
            # Nobody else listens: it is as if this listener had not been there.
            if isinstance(destination, Stream) and not is_error_emitted(destination):
                error_or_destroy(destination, error)
            else:
                destination.emit("error", error)

    def closed(self, had_error=None):
        self.destination.remove_listener("finish", self.finished)
        self.unpipe()

    def finished(self):
        self.destination.remove_listener("close", self.closed)
        self.unpipe()


def is_error_emitted(stream):
    return stream.flags & ERROR_EMITTED != 0


def start(source, destination, end):
    """Pipe `source` into `destination`."""
    wanted(source)
    if not isinstance(destination, events.EventEmitter) or not hasattr(destination, "write"):
        raise ERR_INVALID_ARG_TYPE("destination", "Writable", destination)
    _Pipe(source, destination, end).start()
    return destination


def stop(source, destination):
    """Take `destination` out of what `source` is piped into; all of them if it is None."""
    wanted(source)
    pipes = source.pipes
    if pipes is None:
        return
    if destination is None:
        source.pipes = None
        source.pause()
        for other in pipes:
            other.emit("unpipe", source, UnpipeInfo())
        return
    for index, other in enumerate(pipes):
        if other is destination:
            del pipes[index]
            if not pipes:
                source.pipes = None
                source.pause()
            destination.emit("unpipe", source, UnpipeInfo())
            return
