/*
 * Measures how libnetconf2 reads messages: takes lines "FRAMING CHUNK-BYTES MESSAGE-BYTES COUNT" and answers each with
 * bytes per second.
 *
 * Its reader is not a public function, so a client session on a socketpair receives what a thread writes. The content is
 * no XML, which libyang finds out at the first byte; what that takes is measured beside it and subtracted.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libyang/libyang.h>
#include <nc_client.h>

#define BASE "urn:ietf:params:xml:ns:netconf:base:1.0"
#define TIMEOUT 60000

struct stream {
    int fd;
    char *bytes;
    size_t length;
};

static void
keep_silent(const struct nc_session *session, NC_VERB_LEVEL level, const char *message)
{
    (void)session;
    (void)level;
    (void)message;
}

static double
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void *
write_stream(void *arg)
{
    const struct stream *stream = arg;
    size_t at = 0;
    ssize_t written = 0;

    for (; at < stream->length && written >= 0; at += written) {
        size_t left = stream->length - at;
        written = write(stream->fd, stream->bytes + at, left < 32768 ? left : 32768);
    }
    return NULL;
}

static void
append_message(struct stream *stream, int chunked, size_t chunk, size_t message)
{
    size_t at, size;
    char *end = stream->bytes + stream->length;

    if (!chunked) {
        memset(end, 'x', message);
        memcpy(end + message, "]]>]]>", 6);
        stream->length += message + 6;
        return;
    }
    for (at = 0; at < message; at += size) {
        size = message - at < chunk ? message - at : chunk;
        end += sprintf(end, "\n#%zu\n", size);
        memset(end, 'x', size);
        end += size;
    }
    end += sprintf(end, "\n##\n");
    stream->length = end - stream->bytes;
}

/* How long libyang takes to refuse as many messages. */
static double
refuse(struct ly_ctx *context, long count)
{
    double start = now();

    for (; count > 0; count--) {
        struct lyd_node *tree = NULL, *operation = NULL;
        struct ly_in *in = NULL;

        ly_in_new_memory("x", &in);
        lyd_parse_op(context, NULL, in, LYD_XML, LYD_TYPE_NOTIF_NETCONF, &tree, &operation);
        lyd_free_all(tree);
        ly_in_free(in, 0);
    }
    return now() - start;
}

static double
receive(struct nc_session *session, struct stream *stream, long count)
{
    struct lyd_node *envelope = NULL, *notification = NULL;
    pthread_t writer;
    double start = now(), end;
    long i;

    pthread_create(&writer, NULL, write_stream, stream);
    for (i = 0; i < count; i++) {
        NC_MSG_TYPE type = nc_recv_notif(session, TIMEOUT, &envelope, &notification);

        if (type != NC_MSG_ERROR || nc_session_get_status(session) != NC_STATUS_RUNNING) {
            fprintf(stderr, "message %ld was received as %d\n", i, type);
            exit(1);
        }
    }
    end = now();
    pthread_join(writer, NULL);
    return end - start;
}

static void
answer(int chunked, size_t chunk, size_t message, long count)
{
    /* The session wants a module of this name, and nothing of it. */
    const char *module = "module ietf-netconf { namespace \"" BASE "\"; prefix nc; revision 2011-06-01; }";
    struct stream stream = { 0 };
    struct nc_session *session;
    struct ly_ctx *context = NULL;
    char hello[1024];
    int ends[2];
    long i;

    if (ly_ctx_new(NULL, 0, &context) || lys_parse_mem(context, module, LYS_IN_YANG, NULL) ||
            socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) {
        exit(1);
    }
    sprintf(hello, "<hello xmlns=\"" BASE "\"><capabilities><capability>urn:ietf:params:netconf:base:1.%d</capability>"
            "</capabilities><session-id>1</session-id></hello>]]>]]>", chunked);
    if (write(ends[1], hello, strlen(hello)) < 0 || !(session = nc_connect_inout(ends[0], ends[0], context))) {
        exit(1);
    }
    stream.fd = ends[1];
    stream.bytes = malloc(count * (message + (chunked ? (message / chunk + 2) * 14 : 6)));
    for (i = 0; i < count; i++) {
        append_message(&stream, chunked, chunk, message);
    }
    printf("%.0f\n", stream.length / (receive(session, &stream, count) - refuse(context, count)));
    fflush(stdout);

    close(ends[1]);
    nc_session_free(session, NULL);
    close(ends[0]);
    free(stream.bytes);
    ly_ctx_destroy(context);
}

int
main(void)
{
    char framing[32];
    size_t chunk, message;
    long count;

    nc_client_init();
    nc_set_print_clb_session(keep_silent);
    ly_log_options(0);
    puts(VERSION);
    fflush(stdout);
    while (scanf("%31s %zu %zu %ld", framing, &chunk, &message, &count) == 4) {
        answer(!strcmp(framing, "chunked"), chunk, message, count);
    }
    nc_client_destroy();
    return 0;
}
