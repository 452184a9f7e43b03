import { nodeCryptoProvider } from "@netconf-kit/node-adapter";
import { type CryptoProvider, nobleProvider } from "netconf-kit";

/** The cryptography of every connection of the command: node:crypto, and noble for what that lacks. */
export const cryptoProvider: CryptoProvider = nodeCryptoProvider(nobleProvider);
