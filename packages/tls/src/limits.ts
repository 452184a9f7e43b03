/** What a certificate may have. Those of routers stay far below; RSA keys of 16384 bits and their chains still fit. */
export const certificateLimits: Readonly<
  Record<"bytes" | "extensions" | "nameAttributes" | "subjectAltNames", number>
> = {
  bytes: 64 * 1024,
  extensions: 64,
  nameAttributes: 64,
  subjectAltNames: 256,
};
