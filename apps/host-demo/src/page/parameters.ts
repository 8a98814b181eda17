export type WidgetKind = "conclave" | "element-call";
export type Theme = "light" | "dark";

/** What the address of the demo asks for. All but the homeserver have a default. */
export interface Parameters {
  readonly homeserver: string;
  /** A new account gets this name; with `password` it is the user to log in. */
  readonly name: string;
  readonly password: string | undefined;
  /** Joined at once: an id or an alias. */
  readonly room: string | undefined;
  readonly widget: WidgetKind;
  /** Where the web app of Conclave is; any page that speaks the widget API does. */
  readonly conclave: string;
  /** Where Element Call's build is. */
  readonly elementCall: string;
  readonly theme: Theme;
  /** A call begins as soon as the room is there. */
  readonly callsAtOnce: boolean;
  /** Handed to the widget as it is. */
  readonly widgetParameters: string;
}

/** @param elementCall where the server of the page has it */
export function readParameters(page: URL, elementCall: string, prefersDark: boolean): Parameters {
  const { searchParams } = page;
  const homeserver = searchParams.get("homeserver") ?? "http://localhost:8080";
  const theme = searchParams.get("theme") ?? (prefersDark ? "dark" : "light");
  return {
    homeserver: homeserver.replace(/\/+$/, ""),
    name: searchParams.get("name") ?? "",
    password: searchParams.get("password") ?? undefined,
    room: searchParams.get("room") ?? undefined,
    widget: searchParams.get("widget") === "element-call" ? "element-call" : "conclave",
    conclave: searchParams.get("conclave") ?? homeserver,
    elementCall: searchParams.get("elementCall") ?? elementCall,
    theme: theme === "dark" ? "dark" : "light",
    callsAtOnce: searchParams.get("call") === "true",
    widgetParameters: searchParams.get("widgetParameters") ?? "",
  };
}
