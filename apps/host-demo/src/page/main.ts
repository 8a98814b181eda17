import { App } from "./App.ts";
import { readParameters } from "./parameters.ts";
import { signIn } from "./signIn.ts";
import { welcome } from "./welcome.ts";

declare global {
  interface Window {
    /** For tests. */
    hostDemo: App;
  }
}

const prefersDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
const place = (await (await fetch("/host.json")).json()) as { readonly elementCall: string };
const parameters = readParameters(new URL(window.location.href), place.elementCall, prefersDark);
document.documentElement.dataset["theme"] = parameters.theme;
const client = await welcome(parameters, (name) => signIn(parameters, name));
const app = new App(client, parameters);
window.hostDemo = app;
if (parameters.room !== undefined) await app.joinRoom(parameters.room);
if (parameters.callsAtOnce) app.startCall();
