import type { JSX } from "preact";
import { dialThroughRelay, type RelayAddress, waitAtRelay } from "../relay-link.ts";
import type { Console } from "../state/console.ts";
import type { Login } from "../state/credentials.ts";
import type { Store } from "../state/store.ts";
import { dialThroughWebsockify } from "../websockify-link.ts";
import { ErrorBox } from "./error-box.tsx";
import { HostKeyList } from "./host-key-list.tsx";
import { emptyLogin, type LoginDraft, LoginFields } from "./login-fields.tsx";
import { ownServer } from "./relay-settings.ts";
import { useStore } from "./use-store.ts";

/** RFC 6242 §4. */
const NETCONF_PORT = 830;

/** What stands in the form. It outlives the form, so that the next device is a matter of its address. */
export interface ConnectDraft {
  readonly through: "relay" | "websockify";
  /** Of the device, where a relay dials it. */
  readonly target: string;
  /** Of a websockify, which leads to one device and may serve this page too. */
  readonly websockify: string;
  readonly lenient: boolean;
  readonly login: LoginDraft;
}

export const emptyDraft = (): ConnectDraft => ({
  through: "relay",
  target: "",
  websockify: ownServer(),
  lenient: false,
  login: emptyLogin,
});

interface Props {
  readonly all: Console;
  readonly relay: Store<RelayAddress>;
  readonly draft: Store<ConnectDraft>;
}

/** Where devices are dialled or waited for, and where approved host keys are looked after. */
export function ConnectPage({ all, relay, draft }: Props): JSX.Element {
  const address = useStore(relay);
  const { waiting } = useStore(all.state);
  const { through, target, websockify, lenient, login } = useStore(draft);
  const change = (part: Partial<ConnectDraft>): void => draft.update((now) => ({ ...now, ...part }));

  const dial = (): void => {
    const place = through === "relay" ? withPort(target.trim()) : websockify.trim();
    const road = through === "relay" ? dialThroughRelay(address, place) : dialThroughWebsockify(place);
    all.connect({ dial: road, target: place, name: place, login: loginOf(login), lenient });
    // The password is with the device now, until its tab is closed; the next device may have another one.
    change({ login: { ...login, password: "" } });
  };
  const wait = (): void => {
    void all.waitForDevices((signal) => waitAtRelay(address, signal), loginOf(login));
  };

  return (
    <div class="columns">
      <form
        class="card"
        aria-label="Connect"
        onSubmit={(event) => {
          event.preventDefault();
          dial();
        }}
      >
        <h2>Connect to a device</h2>
        <div class="row">
          {through === "relay" ? (
            <label class="grow">
              Device
              <input
                required
                id="target"
                name="target"
                placeholder="192.0.2.1:830"
                spellcheck={false}
                value={target}
                onInput={(event) => change({ target: event.currentTarget.value })}
              />
            </label>
          ) : (
            <label class="grow">
              Address of websockify
              <input
                required
                id="target"
                name="websockify"
                type="url"
                placeholder="ws://192.0.2.9:6080"
                spellcheck={false}
                value={websockify}
                onInput={(event) => change({ websockify: event.currentTarget.value })}
              />
            </label>
          )}
          <label>
            Through
            <select
              name="through"
              value={through}
              onChange={(event) =>
                change({ through: event.currentTarget.value === "websockify" ? "websockify" : "relay" })
              }
            >
              <option value="relay">the relay</option>
              <option value="websockify">websockify</option>
            </select>
          </label>
        </div>
        <LoginFields draft={login} onChange={(next) => change({ login: next })} />
        <details>
          <summary>{through === "relay" ? "Relay and dialect" : "Dialect"}</summary>
          {through === "relay" && <RelayFields relay={relay} />}
          <label class="check">
            <input
              type="checkbox"
              checked={lenient}
              onChange={(event) => change({ lenient: event.currentTarget.checked })}
            />
            Forgive known deviations of devices
          </label>
        </details>
        <div class="row">
          <button type="submit" class="primary">
            Connect
          </button>
          {waiting.kind === "off" && through === "relay" && (
            <button type="button" onClick={wait} disabled={login.username === ""}>
              Wait for devices to call home
            </button>
          )}
          {waiting.kind === "on" && (
            <button type="button" onClick={() => all.stopWaiting()}>
              Stop waiting
            </button>
          )}
        </div>
        {waiting.kind === "on" && (
          <p role="status" data-test="waiting">
            <span class="pulse" /> Waiting for devices that call home; {waiting.called} so far.
          </p>
        )}
        {waiting.kind === "off" && waiting.error !== undefined && <ErrorBox error={waiting.error} />}
      </form>
      <div>
        <section class="card prose">
          <h2>What leaves this page</h2>
          <p>
            SSH ends here, in your browser. The relay, or websockify, carries bytes it cannot read: it sees neither
            passwords nor keys nor configuration. Private keys are handed to the browser where it takes them, and only
            signatures come out.
          </p>
        </section>
        <HostKeyList hostKeys={all.around.hostKeys} />
      </div>
    </div>
  );
}

function RelayFields({ relay }: Pick<Props, "relay">): JSX.Element {
  const address = useStore(relay);
  return (
    <div class="row">
      <label class="grow">
        Relay
        <input
          name="relay"
          value={address.url}
          onInput={(event) => relay.set({ ...address, url: event.currentTarget.value })}
        />
      </label>
      <label class="grow">
        Its token
        <input
          type="password"
          name="token"
          autocomplete="off"
          value={address.token}
          onInput={(event) => relay.set({ ...address, token: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}

function loginOf({ username, password, key }: LoginDraft): Login {
  return { username, ...(password === "" ? {} : { password }), ...(key === undefined ? {} : { key }) };
}

function withPort(target: string): string {
  if (/^(\[[^\]]+\]|[^:]+):\d+$/.test(target)) return target;
  return target.includes(":") && !target.startsWith("[") ? `[${target}]:${NETCONF_PORT}` : `${target}:${NETCONF_PORT}`;
}
