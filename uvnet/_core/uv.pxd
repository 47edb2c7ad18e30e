"""libuv and csrc as the .pyx files see them. Names are in the order of uv.h and uvn.h.

A function's C name is UVN(name): see capi.h. Nothing here is `nogil`: callbacks run with the GIL
held, which the loop gives up around its poll and nowhere else.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

cdef extern from "<sys/socket.h>":
    struct sockaddr:
        unsigned short sa_family
    struct sockaddr_storage:
        pass
    ctypedef unsigned int socklen_t

cdef extern from "<netdb.h>":
    struct addrinfo:
        int ai_flags
        int ai_family
        int ai_socktype
        int ai_protocol
        socklen_t ai_addrlen
        sockaddr* ai_addr
        char* ai_canonname
        addrinfo* ai_next
    enum:
        NI_MAXHOST
        NI_MAXSERV

cdef extern from "capi.h":
    object uvn_capi_export()
    int uvn_capi_import() except -1

    enum:
        UV_EAGAIN
        UV_EALREADY
        UV_EBADF
        UV_EBUSY
        UV_ECANCELED
        UV_EEXIST
        UV_EINVAL
        UV_ENOBUFS
        UV_ENOMEM
        UV_ENOTSOCK
        UV_ENOTSUP
        UV_EOF
        UV_READABLE
        UV_WRITABLE
        UV_DISCONNECT
        UV_PRIORITIZED
        UV_TCP_IPV6ONLY
        UV_TCP_REUSEPORT
        UV_PIPE_NO_TRUNCATE
        UVN_ADDR_STRLEN
        UVN_READ_SIZE
        UVN_BULK_SIZE
        UVN_SEND_MAX
        UVN_RULE_ADDRESS
        UVN_RULE_SUBNET
        UVN_RULE_RANGE

    ctypedef struct uv_loop_t:
        void* data
        uint64_t time
    ctypedef struct uv_handle_t:
        void* data
        uv_loop_t* loop
    ctypedef struct uv_stream_t:
        size_t write_queue_size
    ctypedef struct uv_tcp_t:
        pass
    ctypedef struct uv_pipe_t:
        int ipc
    ctypedef struct uv_timer_t:
        pass
    ctypedef struct uv_prepare_t:
        pass
    ctypedef struct uv_check_t:
        pass
    ctypedef struct uv_idle_t:
        pass
    ctypedef struct uv_async_t:
        pass
    ctypedef struct uv_poll_t:
        pass
    ctypedef struct uv_signal_t:
        int signum
    ctypedef struct uv_req_t:
        void* data
    ctypedef struct uv_connect_t:
        void* data
        uv_stream_t* handle
    ctypedef struct uv_write_t:
        void* data
    ctypedef struct uv_shutdown_t:
        void* data
    ctypedef struct uv_getaddrinfo_t:
        void* data
    ctypedef struct uv_getnameinfo_t:
        void* data
    ctypedef struct uv_buf_t:
        char* base
        size_t len

    ctypedef void (*uv_close_cb)(uv_handle_t*) noexcept
    ctypedef void (*uv_walk_cb)(uv_handle_t*, void*) noexcept
    ctypedef void (*uv_timer_cb)(uv_timer_t*) noexcept
    ctypedef void (*uv_async_cb)(uv_async_t*) noexcept
    ctypedef void (*uv_check_cb)(uv_check_t*) noexcept
    ctypedef void (*uv_idle_cb)(uv_idle_t*) noexcept
    ctypedef void (*uv_poll_cb)(uv_poll_t*, int, int) noexcept
    ctypedef void (*uv_signal_cb)(uv_signal_t*, int) noexcept
    ctypedef void (*uv_connect_cb)(uv_connect_t*, int) noexcept
    ctypedef void (*uv_shutdown_cb)(uv_shutdown_t*, int) noexcept
    ctypedef void (*uv_getaddrinfo_cb)(uv_getaddrinfo_t*, int, addrinfo*) noexcept
    ctypedef void (*uv_getnameinfo_cb)(
        uv_getnameinfo_t*, int, const char*, const char*) noexcept

    # The owner's alone, so under their own names.
    uint64_t uv_hrtime()
    int uv_check_init(uv_loop_t*, uv_check_t*)
    int uv_check_start(uv_check_t*, uv_check_cb)
    int uv_idle_init(uv_loop_t*, uv_idle_t*)
    int uv_idle_start(uv_idle_t*, uv_idle_cb)
    int uv_idle_stop(uv_idle_t*)
    int uv_poll_start(uv_poll_t*, int, uv_poll_cb)
    int uv_pipe(int fds[2], int read_flags, int write_flags)
    enum:
        UV_NONBLOCK_PIPE

    const char* uv_version_string "UVN(uv_version_string)"()
    void uv_close "UVN(uv_close)"(uv_handle_t*, uv_close_cb)
    int uv_is_active "UVN(uv_is_active)"(const uv_handle_t*)
    int uv_is_closing "UVN(uv_is_closing)"(const uv_handle_t*)
    void uv_ref "UVN(uv_ref)"(uv_handle_t*)
    void uv_unref "UVN(uv_unref)"(uv_handle_t*)
    int uv_has_ref "UVN(uv_has_ref)"(const uv_handle_t*)
    int uv_fileno "UVN(uv_fileno)"(const uv_handle_t*, int*)
    int uv_cancel "UVN(uv_cancel)"(uv_req_t*)
    const char* uv_err_name "UVN(uv_err_name)"(int)
    const char* uv_strerror "UVN(uv_strerror)"(int)
    int uv_is_readable "UVN(uv_is_readable)"(const uv_stream_t*)
    int uv_is_writable "UVN(uv_is_writable)"(const uv_stream_t*)
    int uv_stream_set_blocking "UVN(uv_stream_set_blocking)"(uv_stream_t*, int)
    int uv_tcp_bind "UVN(uv_tcp_bind)"(uv_tcp_t*, const sockaddr*, unsigned int)
    int uv_tcp_getsockname "UVN(uv_tcp_getsockname)"(const uv_tcp_t*, sockaddr*, int*)
    int uv_tcp_getpeername "UVN(uv_tcp_getpeername)"(const uv_tcp_t*, sockaddr*, int*)
    int uv_tcp_nodelay "UVN(uv_tcp_nodelay)"(uv_tcp_t*, int)
    int uv_tcp_keepalive_ex "UVN(uv_tcp_keepalive_ex)"(
        uv_tcp_t*, int, unsigned int, unsigned int, unsigned int)
    int uv_pipe_chmod "UVN(uv_pipe_chmod)"(uv_pipe_t*, int)
    int uv_timer_init "UVN(uv_timer_init)"(uv_loop_t*, uv_timer_t*)
    int uv_timer_start "UVN(uv_timer_start)"(uv_timer_t*, uv_timer_cb, uint64_t, uint64_t)
    int uv_timer_stop "UVN(uv_timer_stop)"(uv_timer_t*)
    int uv_timer_again "UVN(uv_timer_again)"(uv_timer_t*)
    uint64_t uv_timer_get_due_in "UVN(uv_timer_get_due_in)"(const uv_timer_t*)
    int uv_async_init "UVN(uv_async_init)"(uv_loop_t*, uv_async_t*, uv_async_cb)
    int uv_async_send "UVN(uv_async_send)"(uv_async_t*)
    int uv_poll_stop "UVN(uv_poll_stop)"(uv_poll_t*)
    int uv_signal_init "UVN(uv_signal_init)"(uv_loop_t*, uv_signal_t*)
    int uv_signal_start "UVN(uv_signal_start)"(uv_signal_t*, uv_signal_cb, int)
    int uv_signal_stop "UVN(uv_signal_stop)"(uv_signal_t*)
    int uv_getaddrinfo "UVN(uv_getaddrinfo)"(
        uv_loop_t*, uv_getaddrinfo_t*, uv_getaddrinfo_cb, const char*, const char*,
        const addrinfo*)
    void uv_freeaddrinfo "UVN(uv_freeaddrinfo)"(addrinfo*)
    int uv_getnameinfo "UVN(uv_getnameinfo)"(
        uv_loop_t*, uv_getnameinfo_t*, uv_getnameinfo_cb, const sockaddr*, int)

    # ------------------------------------------------------------------ csrc

    ctypedef void (*uvn_timer_cb)(uvn_timer_t*) noexcept
    ctypedef void (*uvn_idle_cb)(uvn_idle_t*) noexcept
    ctypedef struct uvn_timer_t:
        void* data
        uint64_t when
        uvn_timer_cb cb
        uint32_t index
        uint8_t cancelled
        uint8_t unreferenced
    ctypedef struct uvn_idle_list_t:
        pass
    ctypedef struct uvn_idle_t:
        uvn_idle_list_t* list
        void* data
    ctypedef void (*uvn_poll_hook)(uvn_loop_t*) noexcept
    ctypedef void (*uvn_buffer_cb)(uvn_stream_t*) noexcept
    ctypedef struct uvn_timers_t:
        uvn_timer_t** heap
        uint32_t size
        uint32_t referenced
    ctypedef struct uvn_metrics_t:
        uint64_t turns
        uint64_t events
        uint64_t idle
        uint64_t lag
        uint64_t max_lag
    ctypedef struct uvn_loop_t:
        uv_loop_t uv
        uv_buf_t scratch
        uvn_poll_hook release
        uvn_poll_hook acquire
        uvn_poll_hook attend
        int (*catch_up)(uvn_loop_t*) noexcept
        sockaddr_storage peer
        unsigned int peer_length
        int peer_fd
        uvn_poll_hook flush
        uint8_t corked
        uint8_t released
        uvn_timers_t timers
        uv_async_t async_ "async"
        uint64_t refused_accepts
        uint64_t accept_errors
        uint64_t blocked_accepts
        uint64_t dead_watchers
        uint64_t splice_reads
        uint64_t batched_recvs
        uint64_t batched_sends
    ctypedef struct uvn_splice_t:
        pass
    ctypedef union uvn_stream_u "__typeof__(((uvn_stream_t*) 0)->u)":
        uv_handle_t handle
        uv_stream_t stream
        uv_tcp_t tcp
        uv_pipe_t pipe
    ctypedef struct uvn_target_t:
        uv_buf_t buf
        uvn_buffer_cb on_buffer
        uint8_t asking
    ctypedef struct uvn_stream_t:
        uvn_stream_u u
        uvn_target_t* target
        uint64_t bytes_read
        uint64_t bytes_written
        uvn_idle_t* idle
    uvn_splice_t* uvn_splice_of(const uvn_stream_t*)
    ctypedef struct uvn_write_t:
        uv_write_t req
        size_t queued
    ctypedef struct uvn_ip_t:
        uint64_t hi
        uint64_t lo
    ctypedef struct uvn_rule_t:
        uvn_ip_t first
        uvn_ip_t last
        uint8_t kind
        uint8_t first_family
        uint8_t last_family
        uint8_t prefix
    ctypedef struct uvn_block_list_t:
        pass
    ctypedef struct uvn_datagram_t:
        const char* base
        size_t len
        const sockaddr* addr
        socklen_t addrlen
    ctypedef struct uvn_udp_t
    ctypedef void (*uvn_udp_recv_cb)(uvn_udp_t*, const uvn_datagram_t*, int) noexcept
    ctypedef void (*uvn_udp_cb)(uvn_udp_t*, int) noexcept
    ctypedef struct uvn_udp_t:
        uv_poll_t poll
        int fd
        int family
        uvn_udp_recv_cb on_recv
        uint8_t one_by_one

    ctypedef void (*uvn_read_cb)(uvn_stream_t*, ssize_t, const char*) noexcept
    ctypedef void (*uvn_connection_cb)(uvn_stream_t*, int) noexcept
    ctypedef void (*uvn_write_cb)(uvn_write_t*, int) noexcept
    ctypedef void (*uvn_splice_cb)(uvn_stream_t*, int, uvn_stream_t*) noexcept

    # The owner's alone.
    int uvn_loop_init(uvn_loop_t*)
    int uvn_loop_close(uvn_loop_t*)
    int uvn_loop_run(uvn_loop_t*)
    int uvn_loop_turn(uvn_loop_t*)
    void uvn_loop_stop(uvn_loop_t*)
    void uvn_loop_forked(uvn_loop_t*)

    int uvn_echo_ceiling "UVN(uvn_echo_ceiling)"(int, int, uint64_t) nogil
    enum:
        UVN_SINK
        UVN_SOURCE
    int uvn_bulk_ceiling "UVN(uvn_bulk_ceiling)"(int, int, int, int) nogil
    int uvn_timer_start "UVN(uvn_timer_start)"(
        uvn_loop_t*, uvn_timer_t*, uint64_t, uvn_timer_cb)
    void uvn_timer_stop "UVN(uvn_timer_stop)"(uvn_loop_t*, uvn_timer_t*)
    void uvn_timer_cancel "UVN(uvn_timer_cancel)"(uvn_loop_t*, uvn_timer_t*)
    void uvn_timer_set_ref "UVN(uvn_timer_set_ref)"(uvn_loop_t*, uvn_timer_t*, int)
    int uvn_idle_start "UVN(uvn_idle_start)"(uvn_loop_t*, uvn_idle_t*, uint64_t, uvn_idle_cb)
    void uvn_idle_refresh "UVN(uvn_idle_refresh)"(uvn_loop_t*, uvn_idle_t*)
    void uvn_idle_stop "UVN(uvn_idle_stop)"(uvn_idle_t*)
    size_t uvn_splice_held "UVN(uvn_splice_held)"(const uvn_splice_t*)
    void uv_walk "UVN(uv_walk)"(uv_loop_t*, uv_walk_cb, void*)
    void uvn_loop_metrics "UVN(uvn_loop_metrics)"(uvn_loop_t*, uvn_metrics_t*, int)
    int uvn_loop_wakeup "UVN(uvn_loop_wakeup)"(uvn_loop_t*)
    int uvn_poll_init "UVN(uvn_poll_init)"(uvn_loop_t*, uv_poll_t*, int)
    int uvn_poll_start "UVN(uvn_poll_start)"(uv_poll_t*, int, uv_poll_cb)
    int uvn_poll_change "UVN(uvn_poll_change)"(uv_poll_t*, int)
    void uvn_poll_spare "UVN(uvn_poll_spare)"(uv_poll_t*, int)
    void uvn_poll_distrust "UVN(uvn_poll_distrust)"(uv_poll_t*)
    void uvn_poll_close "UVN(uvn_poll_close)"(uv_poll_t*, uv_close_cb)
    int uvn_fd_alive "UVN(uvn_fd_alive)"(int)
    void uvn_claim_fd "UVN(uvn_claim_fd)"(uvn_loop_t*, int)
    int uvn_tcp_init "UVN(uvn_tcp_init)"(uvn_loop_t*, uvn_stream_t*)
    int uvn_pipe_init "UVN(uvn_pipe_init)"(uvn_loop_t*, uvn_stream_t*, int)
    int uvn_tcp_open "UVN(uvn_tcp_open)"(uvn_stream_t*, int)
    int uvn_pipe_open "UVN(uvn_pipe_open)"(uvn_stream_t*, int)
    int uvn_pipe_bind "UVN(uvn_pipe_bind)"(uvn_stream_t*, const char*, size_t)
    int uvn_pipe_own "UVN(uvn_pipe_own)"(uvn_stream_t*, const char*, size_t)
    int uvn_read_start "UVN(uvn_read_start)"(uvn_stream_t*, uvn_read_cb)
    int uvn_read_start_bulk "UVN(uvn_read_start_bulk)"(uvn_stream_t*, uvn_read_cb)
    int uvn_read_stop "UVN(uvn_read_stop)"(uvn_stream_t*)
    int uvn_write_try "UVN(uvn_write_try)"(uvn_stream_t*, uv_buf_t**, unsigned int*)
    int uvn_write_queue "UVN(uvn_write_queue)"(
        uvn_stream_t*, uvn_write_t*, const uv_buf_t*, unsigned int, uvn_write_cb)
    int uvn_shutdown "UVN(uvn_shutdown)"(uvn_stream_t*, uv_shutdown_t*, uv_shutdown_cb)
    int uvn_tcp_connect "UVN(uvn_tcp_connect)"(
        uvn_stream_t*, uv_connect_t*, const sockaddr*, uv_connect_cb)
    int uvn_pipe_connect "UVN(uvn_pipe_connect)"(
        uvn_stream_t*, uv_connect_t*, const char*, size_t, uv_connect_cb)
    int uvn_listen "UVN(uvn_listen)"(uvn_stream_t*, int, uvn_connection_cb)
    int uvn_accept "UVN(uvn_accept)"(uvn_stream_t*, uvn_stream_t*)
    void uvn_close "UVN(uvn_close)"(uvn_stream_t*, uv_close_cb)
    void uvn_close_reset "UVN(uvn_close_reset)"(uvn_stream_t*, uv_close_cb)
    int uvn_splice_start "UVN(uvn_splice_start)"(
        uvn_stream_t*, uvn_stream_t*, size_t, uvn_splice_cb)
    void uvn_splice_stop "UVN(uvn_splice_stop)"(uvn_splice_t*)
    void uvn_udp_init "UVN(uvn_udp_init)"(uvn_loop_t*, uvn_udp_t*)
    int uvn_udp_open "UVN(uvn_udp_open)"(uvn_udp_t*, int)
    int uvn_udp_socket "UVN(uvn_udp_socket)"(uvn_udp_t*, int)
    int uvn_udp_recv_start "UVN(uvn_udp_recv_start)"(uvn_udp_t*, uvn_udp_recv_cb)
    int uvn_udp_recv_stop "UVN(uvn_udp_recv_stop)"(uvn_udp_t*)
    int uvn_udp_keep "UVN(uvn_udp_keep)"(uvn_udp_t*, const uvn_datagram_t*, unsigned int)
    int uvn_udp_send "UVN(uvn_udp_send)"(uvn_udp_t*, const uvn_datagram_t*, unsigned int)
    int uvn_udp_wait_writable "UVN(uvn_udp_wait_writable)"(uvn_udp_t*, uvn_udp_cb)
    void uvn_udp_close "UVN(uvn_udp_close)"(uvn_udp_t*, uv_close_cb)
    int uvn_addr_parse "UVN(uvn_addr_parse)"(
        const char*, size_t, int, int, sockaddr_storage*)
    int uvn_addr_format "UVN(uvn_addr_format)"(const sockaddr*, char*, int*)
    int uvn_is_ip "UVN(uvn_is_ip)"(const char*, size_t)
    int uvn_pipe_getname "UVN(uvn_pipe_getname)"(const uvn_stream_t*, int, char*)
    int uvn_ip_from_addr "UVN(uvn_ip_from_addr)"(const sockaddr*, uvn_ip_t*)
    void uvn_ip_to_addr "UVN(uvn_ip_to_addr)"(uvn_ip_t, int, sockaddr_storage*)
    uvn_block_list_t* uvn_block_list_new "UVN(uvn_block_list_new)"()
    void uvn_block_list_unref "UVN(uvn_block_list_unref)"(uvn_block_list_t*)
    int uvn_block_list_add "UVN(uvn_block_list_add)"(uvn_block_list_t*, const uvn_rule_t*)
    int uvn_block_list_remove "UVN(uvn_block_list_remove)"(
        uvn_block_list_t*, const uvn_rule_t*)
    void uvn_block_list_clear "UVN(uvn_block_list_clear)"(uvn_block_list_t*)
    unsigned int uvn_block_list_size "UVN(uvn_block_list_size)"(const uvn_block_list_t*)
    const uvn_rule_t* uvn_block_list_next "UVN(uvn_block_list_next)"(
        const uvn_block_list_t*, const uvn_rule_t*)
    int uvn_block_list_covers "UVN(uvn_block_list_covers)"(
        const uvn_block_list_t*, uvn_ip_t)
    int uvn_set_block_list "UVN(uvn_set_block_list)"(uvn_stream_t*, uvn_block_list_t*)
