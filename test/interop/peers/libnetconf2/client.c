/*
 * A scripted NETCONF client on libnetconf2: dials, or listens for one Call Home.
 *
 * usage: client dial|listen PORT USER PASSWORD KEY FINGERPRINT MODULES [OPERATION ARGUMENT]...
 *        client tls-dial|tls-listen PORT CERTIFICATE PRIVATE_KEY AUTHORITY "" MODULES [OPERATION ARGUMENT]...
 *
 * KEY is a private key's file with .pub beside it, or empty; PASSWORD may be empty. FINGERPRINT is the "SHA256:..." of
 * the only host key that is accepted. MODULES is a folder of YANG modules; the library writes into it what it fetches.
 * Operations: get, get-config (filter), edit-config and edit-running (config), lock, unlock, validate, commit,
 * discard (nothing), subscribe (stream), notification (nothing: waits for one), raw (an operation's XML).
 */
#include <libyang/libyang.h>
#include <nc_client.h>

#include "events.h"

#define TIMEOUT 10000

static const char *arg_password, *arg_fingerprint;

/* The key is known by its fingerprint: an address says nothing in a Call Home. */
static int
check_host_key(const char *hostname, ssh_session session, void *data)
{
    ssh_key key = NULL;
    unsigned char *hash = NULL;
    char *fingerprint = NULL;
    size_t length;
    int wrong = 1;

    (void)hostname;
    (void)data;
    if (ssh_get_server_publickey(session, &key) == SSH_OK) {
        if (!ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &length)) {
            fingerprint = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length);
            wrong = !fingerprint || strcmp(fingerprint, arg_fingerprint);
            ssh_clean_pubkey_hash(&hash);
        }
        ssh_key_free(key);
    }
    ssh_string_free_char(fingerprint);
    return wrong;
}

static char *
give_password(const char *username, const char *hostname, void *data)
{
    (void)username;
    (void)hostname;
    (void)data;
    /* The library frees it. */
    return strdup(arg_password);
}

/* The same settings exist twice in the library, for dialling and for Call Home. */
static struct nc_session *
open_session(int listen, uint16_t port, const char *user, const char *key)
{
    struct nc_session *session = NULL;
    char public_key[4096];

    snprintf(public_key, sizeof public_key, "%s.pub", key);
    if (!listen) {
        nc_client_ssh_set_username(user);
        nc_client_ssh_set_auth_hostkey_check_clb(check_host_key, NULL);
        nc_client_ssh_set_auth_password_clb(give_password, NULL);
        nc_client_ssh_set_auth_pref(NC_SSH_AUTH_INTERACTIVE, -1);
        nc_client_ssh_set_auth_pref(NC_SSH_AUTH_PASSWORD, *arg_password ? 2 : -1);
        if (*key) {
            nc_client_ssh_add_keypair(public_key, key);
        }
        return nc_connect_ssh("127.0.0.1", port, NULL);
    }
    nc_client_ssh_ch_set_username(user);
    nc_client_ssh_ch_set_auth_hostkey_check_clb(check_host_key, NULL);
    nc_client_ssh_ch_set_auth_password_clb(give_password, NULL);
    nc_client_ssh_ch_set_auth_pref(NC_SSH_AUTH_INTERACTIVE, -1);
    nc_client_ssh_ch_set_auth_pref(NC_SSH_AUTH_PASSWORD, *arg_password ? 2 : -1);
    if (*key) {
        nc_client_ssh_ch_add_keypair(public_key, key);
    }
    if (nc_client_ssh_ch_add_bind_listen("127.0.0.1", port)) {
        return NULL;
    }
    event("listening", NULL);
    nc_accept_callhome(30000, NULL, &session);
    return session;
}

/* The server has to be of the authority, and for the address that is dialled; in Call Home no name is compared. */
static struct nc_session *
open_tls_session(int listen, uint16_t port, const char *certificate, const char *key, const char *authority)
{
    struct nc_session *session = NULL;

    if (!listen) {
        nc_client_tls_set_cert_key_paths(certificate, key);
        nc_client_tls_set_trusted_ca_paths(authority, NULL);
        return nc_connect_tls("127.0.0.1", port, NULL);
    }
    nc_client_tls_ch_set_cert_key_paths(certificate, key);
    nc_client_tls_ch_set_trusted_ca_paths(authority, NULL);
    if (nc_client_tls_ch_add_bind_listen("127.0.0.1", port)) {
        return NULL;
    }
    event("listening", NULL);
    nc_accept_callhome(30000, NULL, &session);
    return session;
}

static struct nc_rpc *
make_rpc(const char *operation, const char *argument)
{
    const char *text = *argument ? argument : NULL;

    if (!strcmp(operation, "get")) {
        return nc_rpc_get(text, NC_WD_UNKNOWN, NC_PARAMTYPE_CONST);
    } else if (!strcmp(operation, "get-config")) {
        return nc_rpc_getconfig(NC_DATASTORE_RUNNING, text, NC_WD_UNKNOWN, NC_PARAMTYPE_CONST);
    } else if (!strcmp(operation, "edit-config")) {
        return nc_rpc_edit(NC_DATASTORE_CANDIDATE, NC_RPC_EDIT_DFLTOP_UNKNOWN, NC_RPC_EDIT_TESTOPT_UNKNOWN,
                NC_RPC_EDIT_ERROPT_UNKNOWN, argument, NC_PARAMTYPE_CONST);
    } else if (!strcmp(operation, "edit-running")) {
        return nc_rpc_edit(NC_DATASTORE_RUNNING, NC_RPC_EDIT_DFLTOP_UNKNOWN, NC_RPC_EDIT_TESTOPT_UNKNOWN,
                NC_RPC_EDIT_ERROPT_UNKNOWN, argument, NC_PARAMTYPE_CONST);
    } else if (!strcmp(operation, "lock")) {
        return nc_rpc_lock(NC_DATASTORE_CANDIDATE);
    } else if (!strcmp(operation, "unlock")) {
        return nc_rpc_unlock(NC_DATASTORE_CANDIDATE);
    } else if (!strcmp(operation, "validate")) {
        return nc_rpc_validate(NC_DATASTORE_CANDIDATE, NULL, NC_PARAMTYPE_CONST);
    } else if (!strcmp(operation, "commit")) {
        return nc_rpc_commit(0, 0, NULL, NULL, NC_PARAMTYPE_CONST);
    } else if (!strcmp(operation, "discard")) {
        return nc_rpc_discard();
    } else if (!strcmp(operation, "subscribe")) {
        return nc_rpc_subscribe(text, NULL, NULL, NULL, NC_PARAMTYPE_CONST);
    }
    return nc_rpc_act_generic_xml(argument, NC_PARAMTYPE_CONST);
}

static char *
print(struct lyd_node *envelope, struct lyd_node *content)
{
    char *text = NULL;

    lyd_print_mem(&text, content ? content : envelope, LYD_XML, LYD_PRINT_WITHSIBLINGS | LYD_PRINT_SHRINK);
    lyd_free_tree(envelope);
    lyd_free_tree(content);
    return text;
}

/* The reply as text, or NULL for none. An event that comes first is passed over: libnetconf2 keeps it for nc_recv_notif(). */
static char *
run(struct nc_session *session, const char *operation, const char *argument)
{
    struct lyd_node *envelope = NULL, *content = NULL;
    struct nc_rpc *rpc;
    uint64_t id;
    NC_MSG_TYPE type;

    if (!strcmp(operation, "notification")) {
        type = nc_recv_notif(session, TIMEOUT, &envelope, &content);
        return type == NC_MSG_NOTIF ? print(envelope, content) : NULL;
    }
    rpc = make_rpc(operation, argument);
    if (nc_send_rpc(session, rpc, TIMEOUT, &id) != NC_MSG_RPC) {
        nc_rpc_free(rpc);
        return NULL;
    }
    do {
        type = nc_recv_reply(session, rpc, id, TIMEOUT, &envelope, &content);
    } while (type == NC_MSG_NOTIF);
    nc_rpc_free(rpc);
    return type == NC_MSG_REPLY ? print(envelope, content) : NULL;
}

int
main(int argc, char **argv)
{
    struct nc_session *session;
    const char *const *capability;
    int i;

    if (argc < 8) {
        fputs("see the head of the source\n", stderr);
        return 2;
    }
    arg_password = argv[4];
    arg_fingerprint = argv[6];
    nc_client_init();
    nc_verbosity(NC_VERB_VERBOSE);
    nc_client_set_schema_searchpath(argv[7]);
    if (!strncmp(argv[1], "tls-", 4)) {
        session = open_tls_session(!strcmp(argv[1], "tls-listen"), (uint16_t)atoi(argv[2]), argv[3], argv[4], argv[5]);
    } else {
        session = open_session(!strcmp(argv[1], "listen"), (uint16_t)atoi(argv[2]), argv[3], argv[5]);
    }
    if (!session) {
        printf("{\"event\":\"result\",\"connected\":false,\"error\":\"no session\"}\n");
        return 0;
    }
    /* One line, piece by piece; nothing else prints to standard output meanwhile. */
    printf("{\"event\":\"result\",\"connected\":true,\"base\":\"1.%d\",\"sessionId\":\"%u\",\"capabilities\":[",
            nc_session_get_version(session), nc_session_get_id(session));
    for (capability = nc_session_get_cpblts(session), i = 0; capability[i]; ++i) {
        fputs(i ? "," : "", stdout);
        json_string(capability[i]);
    }
    fputs("],\"replies\":[", stdout);
    for (i = 8; i + 1 < argc; i += 2) {
        char *reply = run(session, argv[i], argv[i + 1]);

        fputs(i > 8 ? "," : "", stdout);
        json_string(reply ? reply : "");
        free(reply);
    }
    /* Sends <close-session>. */
    nc_session_free(session, NULL);
    puts("]}");
    nc_client_destroy();
    return 0;
}
