"""resetAndDestroy() without a handle."""

from tracer import watch

from uvnet import net

watch(net.Socket(), "C").reset_and_destroy()
