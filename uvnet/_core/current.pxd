from uvnet._core.loop cimport Loop

cpdef Loop current_loop()
