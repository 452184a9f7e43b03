import { systemClock } from "@netconf-kit/socket";
import { webCryptoProvider } from "@netconf-kit/web-adapter";
import { nobleProvider } from "netconf-kit";
import { render } from "preact";
import { Console } from "./state/console.ts";
import { HostKeys } from "./state/host-keys.ts";
import { App } from "./view/app.tsx";
import { startRelay } from "./view/relay-settings.ts";
import { applyTheme } from "./view/theme.ts";

applyTheme();
const relay = startRelay();
const hostKeys = new HostKeys(localStorage);
// WebCrypto is there on pages that came by HTTPS or from this machine; elsewhere the plain provider does it all.
const provider = window.isSecureContext ? webCryptoProvider(crypto.subtle, nobleProvider) : nobleProvider;
const all = new Console({ hostKeys, clock: systemClock, now: Date.now, provider });

const place = document.getElementById("console");
if (place !== null) render(<App all={all} relay={relay} />, place);
