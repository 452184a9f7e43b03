/*
 * A libssh client or server that sends back what it gets.
 *
 * usage: echo client|server KEY=VALUE...    (lists with commas; after "rekeyBytes" keys are changed by itself)
 *
 * The server listens on a port of 127.0.0.1 that it tells: {event: "listening", port}. The client reads a line "PORT TYPE
 * BASE64" for each call, where the last two are the only host key it accepts, and tells {event: "ended", error} afterwards.
 */
/* The calls that go message by message are short; callbacks are what the library now prefers. */
#define SSH_SUPPRESS_DEPRECATED
#include <arpa/inet.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int count;
static char **pairs;

static const char *
setting(const char *name)
{
    size_t length = strlen(name);

    for (int i = 0; i < count; ++i) {
        if (!strncmp(pairs[i], name, length) && (pairs[i][length] == '=')) {
            return pairs[i] + length + 1;
        }
    }
    return NULL;
}

static void
limit_keys(ssh_session session)
{
    uint64_t bytes;

    if (setting("rekeyBytes")) {
        bytes = strtoull(setting("rekeyBytes"), NULL, 10);
        ssh_options_set(session, SSH_OPTIONS_REKEY_DATA, &bytes);
    }
}

/* Sends back all that comes until the end. */
static const char *
echo(ssh_channel channel)
{
    char buffer[16384];
    int length;

    while ((length = ssh_channel_read(channel, buffer, sizeof buffer, 0)) > 0) {
        for (int done = 0; done < length;) {
            int written = ssh_channel_write(channel, buffer + done, (uint32_t)(length - done));

            if (written < 0) {
                return "writing failed";
            }
            done += written;
        }
    }
    return length ? "reading failed" : NULL;
}

/* Client */

static const char *
talk(ssh_session session, const char *type, const char *blob)
{
    ssh_key expected = NULL, offered = NULL, user_key = NULL;
    ssh_channel channel;
    const char *problem;

    if (ssh_connect(session) != SSH_OK) {
        return ssh_get_error(session);
    }
    ssh_pki_import_pubkey_base64(blob, ssh_key_type_from_name(type), &expected);
    ssh_get_server_publickey(session, &offered);
    if (!expected || ssh_key_cmp(expected, offered, SSH_KEY_CMP_PUBLIC)) {
        return "another host key";
    }
    ssh_key_free(expected);
    ssh_key_free(offered);
    ssh_pki_import_privkey_file(setting("userKey"), NULL, NULL, NULL, &user_key);
    if (ssh_userauth_publickey(session, NULL, user_key) != SSH_AUTH_SUCCESS) {
        return ssh_get_error(session);
    }
    ssh_key_free(user_key);
    channel = ssh_channel_new(session);
    if ((ssh_channel_open_session(channel) != SSH_OK) || (ssh_channel_request_subsystem(channel, "echo") != SSH_OK)) {
        return ssh_get_error(session);
    }
    problem = echo(channel);
    if (problem) {
        return *ssh_get_error(session) ? ssh_get_error(session) : problem;
    }
    ssh_channel_send_eof(channel);
    ssh_channel_close(channel);
    return NULL;
}

static void
call(int port, const char *type, const char *blob)
{
    ssh_session session = ssh_new();
    const char *problem;
    int no = 0;

    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ssh_options_set(session, SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(session, SSH_OPTIONS_PORT, &port);
    ssh_options_set(session, SSH_OPTIONS_USER, setting("user"));
    ssh_options_set(session, SSH_OPTIONS_KEY_EXCHANGE, setting("kex"));
    ssh_options_set(session, SSH_OPTIONS_HOSTKEYS, setting("hostKey"));
    ssh_options_set(session, SSH_OPTIONS_CIPHERS_C_S, setting("cipher"));
    ssh_options_set(session, SSH_OPTIONS_CIPHERS_S_C, setting("cipher"));
    ssh_options_set(session, SSH_OPTIONS_HMAC_C_S, setting("mac"));
    ssh_options_set(session, SSH_OPTIONS_HMAC_S_C, setting("mac"));
    limit_keys(session);
    problem = talk(session, type, blob);
    /* No message of libssh has a quotation mark in it. */
    printf("{\"event\":\"ended\",\"error\":%s%s%s}\n", problem ? "\"" : "", problem ? problem : "null", problem ? "\"" : "");
    fflush(stdout);
    ssh_disconnect(session);
    ssh_free(session);
}

static void
client(void)
{
    char line[8192], type[64], blob[8000];
    int port;

    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%d %63s %7999s", &port, type, blob) == 3) {
            call(port, type, blob);
        }
    }
}

/* Server */

/* Whether the message was answered; what nobody knows gets the answer no. */
static int
answer(ssh_message message, ssh_key authorized, ssh_channel *channel, int *ready)
{
    int type = ssh_message_type(message), subtype = ssh_message_subtype(message);

    if (type == SSH_REQUEST_SERVICE) {
        return !ssh_message_service_reply_success(message);
    }
    if ((type == SSH_REQUEST_AUTH) && (subtype == SSH_AUTH_METHOD_PUBLICKEY)) {
        if (strcmp(ssh_message_auth_user(message), setting("user")) ||
                ssh_key_cmp(ssh_message_auth_pubkey(message), authorized, SSH_KEY_CMP_PUBLIC)) {
            return 0;
        }
        switch (ssh_message_auth_publickey_state(message)) {
        case SSH_PUBLICKEY_STATE_NONE:
            return !ssh_message_auth_reply_pk_ok_simple(message);
        case SSH_PUBLICKEY_STATE_VALID:
            return !ssh_message_auth_reply_success(message, 0);
        default:
            return 0;
        }
    }
    if (type == SSH_REQUEST_AUTH) {
        ssh_message_auth_set_methods(message, SSH_AUTH_METHOD_PUBLICKEY);
        return 0;
    }
    if ((type == SSH_REQUEST_CHANNEL_OPEN) && (subtype == SSH_CHANNEL_SESSION)) {
        return !!(*channel = ssh_message_channel_request_open_reply_accept(message));
    }
    if ((type == SSH_REQUEST_CHANNEL) && (subtype == SSH_CHANNEL_REQUEST_SUBSYSTEM)) {
        *ready = 1;
        return !ssh_message_channel_request_reply_success(message);
    }
    return 0;
}

static void
serve(ssh_session session, ssh_key authorized)
{
    ssh_channel channel = NULL;
    ssh_message message;
    int ready = 0;

    limit_keys(session);
    if (ssh_handle_key_exchange(session) != SSH_OK) {
        fprintf(stderr, "%s\n", ssh_get_error(session));
        return;
    }
    while (!ready && (message = ssh_message_get(session))) {
        if (!answer(message, authorized, &channel, &ready)) {
            ssh_message_reply_default(message);
        }
        ssh_message_free(message);
    }
    if (!ready) {
        return;
    }
    if (echo(channel)) {
        fprintf(stderr, "%s\n", ssh_get_error(session));
    }
    ssh_channel_request_send_exit_status(channel, 0);
    ssh_channel_send_eof(channel);
    ssh_channel_close(channel);
    /* The client takes leave. */
    while ((message = ssh_message_get(session))) {
        ssh_message_free(message);
    }
}

static int
server(void)
{
    ssh_bind door = ssh_bind_new();
    ssh_key authorized = NULL;
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    char file[4096], *files = strdup(setting("hostKeys"));
    unsigned int port = 0;
    int no = 0;

    ssh_bind_options_set(door, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
    ssh_bind_options_set(door, SSH_BIND_OPTIONS_BINDADDR, "127.0.0.1");
    ssh_bind_options_set(door, SSH_BIND_OPTIONS_BINDPORT, &port);
    for (char *each = strtok(files, ","); each; each = strtok(NULL, ",")) {
        ssh_bind_options_set(door, SSH_BIND_OPTIONS_HOSTKEY, each);
    }
    ssh_bind_options_set(door, SSH_BIND_OPTIONS_KEY_EXCHANGE, setting("kex"));
    ssh_bind_options_set(door, SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, setting("hostKey"));
    ssh_bind_options_set(door, SSH_BIND_OPTIONS_CIPHERS_C_S, setting("cipher"));
    ssh_bind_options_set(door, SSH_BIND_OPTIONS_CIPHERS_S_C, setting("cipher"));
    ssh_bind_options_set(door, SSH_BIND_OPTIONS_HMAC_C_S, setting("mac"));
    ssh_bind_options_set(door, SSH_BIND_OPTIONS_HMAC_S_C, setting("mac"));
    snprintf(file, sizeof file, "%s.pub", setting("userKey"));
    if (ssh_pki_import_pubkey_file(file, &authorized) || (ssh_bind_listen(door) != SSH_OK) ||
            getsockname(ssh_bind_get_fd(door), (struct sockaddr *)&address, &length)) {
        fprintf(stderr, "%s\n", ssh_get_error(door));
        return 1;
    }
    printf("{\"event\":\"listening\",\"port\":%d}\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        ssh_session session = ssh_new();

        if (ssh_bind_accept(door, session) == SSH_OK) {
            serve(session, authorized);
        }
        ssh_disconnect(session);
        ssh_free(session);
    }
}

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("see the head of the source\n", stderr);
        return 2;
    }
    count = argc - 2;
    pairs = argv + 2;
    if (!strcmp(argv[1], "server")) {
        return server();
    }
    client();
    return 0;
}
