/*
 * A NETCONF server on libnetconf2 with a small datastore: listens, or dials as a Call Home device and dials again
 * whenever a session has ended.
 *
 * usage: server dial|listen PORT USER PASSWORD PUBLIC_KEY MODULES HOST_KEY...
 *        server tls-dial|tls-listen PORT CERTIFICATE PRIVATE_KEY AUTHORITY MODULES FINGERPRINT
 *
 * USER logs in with the key of the file PUBLIC_KEY or with PASSWORD, where these are not empty. HOST_KEY is an RSA or
 * ECDSA private key in PEM form. The datastore holds ietf-system; get, get-config, edit-config (merge into running),
 * lock, unlock and close-session work, and all else is operation-not-supported. Over TLS a client needs a certificate of
 * AUTHORITY; FINGERPRINT is that of AUTHORITY (04:...), and the user name is the first alternative name.
 */
#include <libyang/libyang.h>
#include <nc_server.h>
#include <unistd.h>

#include "events.h"

static const char *arg_user, *arg_password;
static ssh_key authorized_key;
static struct nc_pollsession *sessions;
static struct lyd_node *running;

static struct nc_server_reply *
refuse(struct lyd_node *rpc)
{
    return nc_server_reply_err(nc_err(LYD_CTX(rpc), NC_ERR_OP_NOT_SUPPORTED, NC_ERR_TYPE_PROT));
}

static struct nc_server_reply *
give_data(struct lyd_node *rpc)
{
    struct lyd_node *reply = NULL, *data = NULL;

    if (running) {
        lyd_dup_siblings(running, NULL, LYD_DUP_RECURSIVE, &data);
    }
    lyd_dup_single(rpc, NULL, 0, &reply);
    lyd_new_any(reply, NULL, "data", data, 1, LYD_ANYDATA_DATATREE, 1, NULL);
    return nc_server_reply_data(reply, NC_WD_EXPLICIT, NC_PARAMTYPE_FREE);
}

static struct nc_server_reply *
take_edit(struct lyd_node *rpc)
{
    struct lyd_node_any *config = NULL;
    struct lyd_node *edit = NULL;
    struct ly_set *found = NULL;

    lyd_find_xpath(rpc, "config", &found);
    if (found && found->count) {
        config = (struct lyd_node_any *)found->dnodes[0];
    }
    ly_set_free(found, NULL);
    if (!config || (config->value_type != LYD_ANYDATA_DATATREE)) {
        return refuse(rpc);
    }
    if (!config->value.tree) {
        return nc_server_reply_ok();
    }
    /* The parser left the content opaque, for it may carry operation attributes; these are not for this server. */
    char *text = NULL;
    LY_ERR result;

    lyd_print_mem(&text, config->value.tree, LYD_XML, LYD_PRINT_WITHSIBLINGS);
    result = lyd_parse_data_mem(LYD_CTX(rpc), text, LYD_XML, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &edit);
    free(text);
    if (result) {
        struct lyd_node *error = nc_err(LYD_CTX(rpc), NC_ERR_OP_FAILED, NC_ERR_TYPE_APP);

        nc_err_set_msg(error, ly_errmsg(LYD_CTX(rpc)), "en");
        return nc_server_reply_err(error);
    }
    lyd_merge_siblings(&running, edit, LYD_MERGE_DESTRUCT);
    return nc_server_reply_ok();
}

static struct nc_server_reply *
answer(struct lyd_node *rpc, struct nc_session *session)
{
    const char *name = LYD_NAME(rpc);

    (void)session;
    event("rpc", "operation", name, NULL);
    if (!strcmp(name, "get") || !strcmp(name, "get-config")) {
        return give_data(rpc);
    } else if (!strcmp(name, "edit-config")) {
        return take_edit(rpc);
    } else if (!strcmp(name, "lock") || !strcmp(name, "unlock")) {
        return nc_server_reply_ok();
    }
    return refuse(rpc);
}

static int
check_key(const struct nc_session *session, ssh_key key, void *data)
{
    (void)data;
    return strcmp(nc_session_get_username(session), arg_user) || !authorized_key ||
           ssh_key_cmp(key, authorized_key, SSH_KEY_CMP_PUBLIC);
}

static int
check_password(const struct nc_session *session, const char *password, void *data)
{
    (void)data;
    return strcmp(nc_session_get_username(session), arg_user) || !*arg_password || strcmp(password, arg_password);
}

/* The name of a host key is its file. */
static int
find_host_key(const char *name, void *data, char **path, char **content, NC_SSH_KEY_TYPE *type)
{
    (void)data;
    (void)content;
    (void)type;
    *path = strdup(name);
    return 0;
}

static int
welcome(const char *client, struct nc_session *session)
{
    (void)client;
    event("connected", "username", nc_session_get_username(session), "base",
            nc_session_get_version(session) ? "1.1" : "1.0", NULL);
    return nc_ps_add_session(sessions, session);
}

static struct ly_ctx *
load_modules(const char *folder)
{
    const char *netconf[] = {"writable-running", NULL};
    const char *all[] = {"*", NULL};
    struct ly_ctx *context = NULL;

    ly_ctx_new(folder, 0, &context);
    ly_ctx_load_module(context, "ietf-netconf", NULL, netconf);
    ly_ctx_load_module(context, "ietf-netconf-monitoring", NULL, NULL);
    ly_ctx_load_module(context, "ietf-system", NULL, all);
    return context;
}

static void
set_up(int dial, uint16_t port, char **host_keys)
{
    int auth = NC_SSH_AUTH_PUBLICKEY | NC_SSH_AUTH_PASSWORD;

    nc_server_ssh_set_hostkey_clb(find_host_key, NULL, NULL);
    nc_server_ssh_set_pubkey_auth_clb(check_key, NULL, NULL);
    nc_server_ssh_set_passwd_auth_clb(check_password, NULL, NULL);
    if (!dial) {
        nc_server_add_endpt("main", NC_TI_LIBSSH);
        nc_server_ssh_endpt_set_auth_methods("main", auth);
        for (; *host_keys; ++host_keys) {
            nc_server_ssh_endpt_add_hostkey("main", *host_keys, -1);
        }
        nc_server_endpt_set_address("main", "127.0.0.1");
        nc_server_endpt_set_port("main", port);
        event("listening", NULL);
        return;
    }
    nc_server_ch_add_client("manager");
    nc_server_ch_client_add_endpt("manager", "main", NC_TI_LIBSSH);
    nc_server_ssh_ch_client_endpt_set_auth_methods("manager", "main", auth);
    for (; *host_keys; ++host_keys) {
        nc_server_ssh_ch_client_endpt_add_hostkey("manager", "main", *host_keys, -1);
    }
    nc_server_ch_client_endpt_set_address("manager", "main", "127.0.0.1");
    nc_server_ch_client_endpt_set_port("manager", "main", port);
    nc_server_ch_client_set_conn_type("manager", NC_CH_PERSIST);
    nc_connect_ch_client_dispatch("manager", welcome);
}

static const char *arg_certificate, *arg_private_key, *arg_authority;

static int
find_certificate(const char *name, void *data, char **cert_path, char **cert, char **key_path, char **key, NC_SSH_KEY_TYPE *type)
{
    (void)name;
    (void)data;
    (void)cert;
    (void)key;
    (void)type;
    *cert_path = strdup(arg_certificate);
    *key_path = strdup(arg_private_key);
    return 0;
}

/* The library wants this callback even where there are no lists. */
static int
find_no_list(const char *name, void *data, char ***paths, int *path_count, char ***certs, int *cert_count)
{
    (void)name;
    (void)data;
    (void)paths;
    (void)path_count;
    (void)certs;
    (void)cert_count;
    return 0;
}

static void
set_up_tls(int dial, uint16_t port, const char *fingerprint)
{
    nc_server_tls_set_server_cert_clb(find_certificate, NULL, NULL);
    nc_server_tls_set_trusted_cert_list_clb(find_no_list, NULL, NULL);
    if (!dial) {
        nc_server_add_endpt("main", NC_TI_OPENSSL);
        nc_server_tls_endpt_set_server_cert("main", "certificate");
        nc_server_tls_endpt_set_trusted_ca_paths("main", arg_authority, NULL);
        nc_server_tls_endpt_add_ctn("main", 1, fingerprint, NC_TLS_CTN_SAN_ANY, NULL);
        nc_server_endpt_set_address("main", "127.0.0.1");
        nc_server_endpt_set_port("main", port);
        event("listening", NULL);
        return;
    }
    nc_server_ch_add_client("manager");
    nc_server_ch_client_add_endpt("manager", "main", NC_TI_OPENSSL);
    nc_server_tls_ch_client_endpt_set_server_cert("manager", "main", "certificate");
    nc_server_tls_ch_client_endpt_set_trusted_ca_paths("manager", "main", arg_authority, NULL);
    nc_server_tls_ch_client_endpt_add_ctn("manager", "main", 1, fingerprint, NC_TLS_CTN_SAN_ANY, NULL);
    nc_server_ch_client_endpt_set_address("manager", "main", "127.0.0.1");
    nc_server_ch_client_endpt_set_port("manager", "main", port);
    nc_server_ch_client_set_conn_type("manager", NC_CH_PERSIST);
    nc_connect_ch_client_dispatch("manager", welcome);
}

int
main(int argc, char **argv)
{
    struct ly_ctx *context;
    struct nc_session *session;
    int dial, tls;

    if (argc < 8) {
        fputs("see the head of the source\n", stderr);
        return 2;
    }
    tls = !strncmp(argv[1], "tls-", 4);
    dial = !strcmp(argv[1] + (tls ? 4 : 0), "dial");
    arg_certificate = arg_user = argv[3];
    arg_private_key = arg_password = argv[4];
    arg_authority = argv[5];
    if (!tls && *argv[5]) {
        ssh_pki_import_pubkey_file(argv[5], &authorized_key);
    }
    nc_verbosity(NC_VERB_VERBOSE);
    if (!(context = load_modules(argv[6]))) {
        return 1;
    }
    /* Before nc_server_init(), or the library puts its own get-schema here, which crashes with this libyang. */
    ((struct lysc_node *)lys_find_path(context, NULL, "/ietf-netconf-monitoring:get-schema", 0))->priv = (void *)answer;
    nc_server_init(context);
    nc_set_global_rpc_clb(answer);
    lyd_parse_data_mem(context, "<system xmlns=\"urn:ietf:params:xml:ns:yang:ietf-system\"><hostname>peer</hostname></system>",
            LYD_XML, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &running);
    sessions = nc_ps_new();
    if (tls) {
        set_up_tls(dial, (uint16_t)atoi(argv[2]), argv[7]);
    } else {
        set_up(dial, (uint16_t)atoi(argv[2]), argv + 7);
    }
    for (;;) {
        int what;

        if (!dial && (nc_accept(20, &session) == NC_MSG_HELLO)) {
            welcome(NULL, session);
        }
        what = nc_ps_poll(sessions, 20, &session);
        if (what & NC_PSPOLL_NOSESSIONS) {
            usleep(5000);
        }
        if (what & NC_PSPOLL_SESSION_TERM) {
            event("closed", "error", what & NC_PSPOLL_SESSION_ERROR ? "not by close-session" : NULL, NULL);
            nc_ps_del_session(sessions, session);
            nc_session_free(session, NULL);
        }
    }
}
