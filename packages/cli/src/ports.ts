/** The registered ports: NETCONF over SSH (RFC 6242 §7) and TLS (RFC 7589 §9), Call Home over both (RFC 8071 §6.2). */
export const NETCONF_SSH_PORT = 830;
export const NETCONF_TLS_PORT = 6513;
export const CALL_HOME_SSH_PORT = 4334;
export const CALL_HOME_TLS_PORT = 4335;
