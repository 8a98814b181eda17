import { signal, type ReadonlySignal, type Scope } from "@conclave/kit";

import { passwordFragment } from "./linkPassword.ts";
import { parseRoute, roomUrl, type Route } from "./route.ts";

/** The address bar as a signal. Pages change without a reload; back and forward work. */
export class Router {
  readonly #route;
  readonly #window: Window;

  constructor(window: Window, scope: Scope) {
    this.#window = window;
    this.#route = signal<Route>(parseRoute(this.here));
    const onMove = (): void => this.#route.set(parseRoute(this.here));
    window.addEventListener("popstate", onMove);
    scope.onEnd(() => window.removeEventListener("popstate", onMove));
  }

  get route(): ReadonlySignal<Route> {
    return this.#route;
  }

  get here(): URL {
    return new URL(this.#window.location.href);
  }

  goToRoom(linkId: string): void {
    this.#go(roomUrl(linkId, this.here));
  }

  /** Loads the page anew: what a link's password is for is decided when the page starts. */
  openWithPassword(linkId: string, password: string): void {
    const url = roomUrl(linkId, this.here);
    url.hash = passwordFragment(password);
    this.#window.location.assign(url);
  }

  goHome(): void {
    const url = new URL("/", this.here);
    const homeserver = this.here.searchParams.get("homeserver");
    if (homeserver !== null) url.searchParams.set("homeserver", homeserver);
    this.#go(url);
  }

  #go(url: URL): void {
    this.#window.history.pushState(null, "", url);
    this.#route.set(parseRoute(url));
  }
}
