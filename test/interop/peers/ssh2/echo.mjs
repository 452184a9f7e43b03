// An ssh2 client or server that sends back what it gets.
//
// usage: echo.mjs client|server KEY=VALUE...    (lists with commas; a server also wants "rekeyBytes")
//
// The server listens on a port of 127.0.0.1 that it tells: {event: "listening", port}. The client reads a line "PORT TYPE
// BASE64" for each call, where the last two are the only host key it accepts, and tells {event: "ended", error} afterwards.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import ssh2 from "ssh2";

const [role, ...pairs] = process.argv.slice(2);
const settings = Object.fromEntries(pairs.map((pair) => [pair.split("=")[0], pair.slice(pair.indexOf("=") + 1)]));
const list = (name) => settings[name].split(",");
const algorithms = { kex: list("kex"), serverHostKey: list("hostKey"), cipher: list("cipher"), hmac: list("mac") };

const log = (event) => console.log(JSON.stringify(event));

if (role === "client") await client();
else server();

async function client() {
  for await (const line of createInterface(process.stdin)) {
    const error = await call(line).then(
      () => null,
      (problem) => problem.message,
    );
    log({ event: "ended", error });
  }
}

function call(line) {
  const [port, , base64] = line.split(" ");
  const connection = new ssh2.Client();
  return new Promise((resolve, reject) => {
    let whole = false;
    connection.on("error", reject);
    connection.on("close", () => (whole ? resolve() : reject(new Error("closed too early"))));
    connection.on("ready", () => {
      connection.subsys("echo", (error, channel) => {
        if (error) return reject(error);
        channel.pipe(channel);
        channel.on("close", () => {
          whole = true;
          connection.end();
        });
      });
    });
    connection.connect({
      host: "127.0.0.1",
      port: Number(port),
      username: settings.user,
      privateKey: readFileSync(settings.userKey),
      hostVerifier: (key) => key.toString("base64") === base64,
      algorithms,
    });
  });
}

/**
 * ssh2 has no limit of its own, and only its server can be asked to change keys. It is asked after twice the limit: while
 * keys are being changed it does not listen.
 */
function serve(connection, channel) {
  let left = 2 * Number(settings.rekeyBytes);
  channel.on("data", (chunk) => {
    if (left > 0 && left <= chunk.length) connection.rekey();
    left -= chunk.length;
  });
  channel.on("end", () => channel.exit(0));
  channel.pipe(channel);
}

function server() {
  const authorized = ssh2.utils.parseKey(readFileSync(`${settings.userKey}.pub`));
  const hostKeys = list("hostKeys").map((file) => readFileSync(file));
  const listener = new ssh2.Server({ hostKeys, algorithms }, (connection) => {
    connection.on("error", (error) => log({ event: "failed", error: error.message }));
    connection.on("authentication", (attempt) => {
      const known =
        attempt.username === settings.user &&
        attempt.method === "publickey" &&
        attempt.key.data.equals(authorized.getPublicSSH()) &&
        (attempt.signature === undefined ||
          authorized.verify(attempt.blob, attempt.signature, attempt.hashAlgo) === true);
      if (known) attempt.accept();
      else attempt.reject(["publickey"]);
    });
    connection.on("session", (accept) => {
      accept().on("subsystem", (acceptSubsystem, reject, { name }) => {
        if (name !== "echo") return reject();
        serve(connection, acceptSubsystem());
      });
    });
  });
  listener.listen(0, "127.0.0.1", () => log({ event: "listening", port: listener.address().port }));
}
