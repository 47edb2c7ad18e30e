"""The buffer of a Readable: a list of chunks, the first of which may be taken in part."""

from __future__ import annotations

COMPACT_AT = 1024  # chunks taken from a buffer before the list is cut


def append(stream, chunk):
    stream.rlength += 1 if stream.rflags & R_OBJECTS else len(chunk)
    if stream.rbuffer is None:
        stream.rbuffer = [chunk]
        stream.rindex = 0
    else:
        stream.rbuffer.append(chunk)
    return 0


def prepend(stream, chunk):
    stream.rlength += 1 if stream.rflags & R_OBJECTS else len(chunk)
    if stream.awaiting is not None:
        stream.awaiting.disturbed()
    trim(stream)
    if stream.rindex > 0:
        stream.rindex -= 1
        stream.rbuffer[stream.rindex] = chunk
    else:
        stream.rbuffer.insert(0, chunk)
    return 0


def trim(stream):
    """Cut off what is taken of the first chunk."""
    if stream.rstart > 0:
        chunk = stream.rbuffer[stream.rindex]
        stream.rbuffer[stream.rindex] = chunk[stream.rstart :]
        stream.rstart = 0
    return 0


def how_much(stream, size):
    """Return how much of the buffer read(size) takes now."""
    if size == 0 or (stream.rlength == 0 and stream.rflags & R_ENDED):
        return 0
    if stream.rflags & R_OBJECTS:
        return 1
    if size == EVERYTHING:
        if stream.rlength and (not stream.rflags & DECODES or stream.rflags & FLOWING):
            return len(stream.rbuffer[stream.rindex]) - stream.rstart
        return stream.rlength
    if size <= stream.rlength:
        return size
    return stream.rlength if stream.rflags & R_ENDED else 0


def take(stream, size):
    """Take `size` bytes, or one object, out of the buffer."""
    if stream.rlength == 0:
        return None
    if stream.awaiting is not None:
        stream.awaiting.disturbed()
    chunks = stream.rbuffer
    index = stream.rindex
    result = chunks[index]
    left = 0 if stream.rflags & R_OBJECTS else len(result) - stream.rstart
    if size < left:
        # The chunk stays whole: cutting it anew for each line would be quadratic.
        stream.rstart += size
        return part_of(result, stream.rstart - size, stream.rstart)
    if left == size or stream.rflags & R_OBJECTS:
        if stream.rstart > 0:
            result = part_of(result, stream.rstart, stream.rstart + size)
            stream.rstart = 0
        chunks[index] = None
        index += 1
    else:
        parts = []
        while size > 0:
            result = chunks[index]
            left = len(result) - stream.rstart
            if left > size:
                result = part_of(result, stream.rstart, stream.rstart + size)
                stream.rstart += size
                size = 0
            else:
                if stream.rstart > 0:
                    result = part_of(result, stream.rstart, stream.rstart + left)
                    stream.rstart = 0
                chunks[index] = None
                index += 1
                size -= left
            parts.append(result)
        result = "".join(parts) if stream.rflags & DECODES else b"".join(parts)
    if index == len(chunks):
        stream.rbuffer = None
        stream.rindex = 0
    elif index > COMPACT_AT:
        del chunks[:index]
        stream.rindex = 0
    else:
        stream.rindex = index
    return result


def part_of(chunk, start, end):
    if type(chunk) is bytes:
        return PyBytes_FromStringAndSize(PyBytes_AS_STRING(chunk) + start, end - start)
    return chunk[start:end]
