import { effect, Scope } from "@conclave/kit";
import { ClientEvent, type MatrixClient, RoomEvent, RoomStateEvent } from "matrix-js-sdk";

import { CallControls } from "./CallControls.ts";
import { CallWidget, type MuteState } from "./CallWidget.ts";
import { h } from "./h.ts";
import { type IncomingCall, IncomingCalls } from "./IncomingCalls.ts";
import type { Parameters, Theme, WidgetKind } from "./parameters.ts";
import { RingCards } from "./RingCards.ts";
import { Timeline } from "./Timeline.ts";

const ENCRYPTED = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
/** Everybody in a call writes state of their own. */
const LEVELS = { events: { "org.matrix.msc3401.call.member": 0 } };

/** The chat: rooms at the side, one of them open, and a call in it when somebody starts one. */
export class App {
  /** What widgets said, newest last, for tests. */
  readonly log: string[] = [];
  readonly #client: MatrixClient;
  readonly #parameters: Parameters;
  readonly #rooms = h("nav", { class: "rooms", "aria-label": "Rooms" });
  readonly #title = h("h1", { dir: "auto" }, "No room yet");
  readonly #people = h("span", { class: "soft", "data-testid": "host-people" });
  readonly #kind = h(
    "select",
    { "aria-label": "Calls with", "data-testid": "host-kind" },
    h("option", { value: "conclave" }, "Conclave"),
    h("option", { value: "element-call" }, "Element Call"),
  );
  readonly #call = h("div", { class: "call" });
  readonly #timeline: Timeline;
  readonly #body: HTMLElement;
  readonly #controls = new CallControls({
    call: () => this.startCall(),
    ring: () => this.startCall("start_call_dm"),
    mute: (wish) => void this.#mute(wish),
    hangUp: () => void this.#widget?.hangUp(),
  });
  readonly #incoming: IncomingCalls;
  readonly #rings = new RingCards({
    answer: (call) => this.#answer(call),
    decline: (call) => void this.#incoming.decline(call.roomId).catch(() => this.log.push("decline refused")),
  });
  #roomId = "";
  #theme: Theme;
  #widget: CallWidget | undefined;
  #muted: MuteState | undefined;

  constructor(client: MatrixClient, parameters: Parameters) {
    this.#client = client;
    this.#parameters = parameters;
    this.#theme = parameters.theme;
    this.#kind.value = parameters.widget;
    this.#timeline = new Timeline(client);
    this.#body = h("div", { class: "body" }, this.#call, this.#timeline.element);
    const header = h("header", {}, this.#title, this.#people, this.#kind, this.#controls.element);
    document.body.prepend(
      h("main", { class: "app" }, this.#side(), h("section", { class: "room" }, header, this.#body)),
    );
    document.body.append(this.#rings.element);
    // As long as the page.
    const scope = new Scope();
    this.#incoming = new IncomingCalls(client, scope);
    effect(scope, () => this.#rings.show(this.#incoming.calls.get()));
    client.on(ClientEvent.Room, () => this.#listRooms());
    client.on(RoomEvent.Name, () => this.#listRooms());
    client.on(RoomStateEvent.Members, () => this.#describeRoom());
    client.on(RoomEvent.MyMembership, () => this.#listRooms());
    this.#listRooms();
  }

  get widget(): CallWidget | undefined {
    return this.#widget;
  }

  openRoom(roomId: string): void {
    if (roomId === this.#roomId) return;
    this.#endCall();
    this.#roomId = roomId;
    this.#timeline.open(roomId);
    this.#listRooms();
  }

  async joinRoom(idOrAlias: string): Promise<void> {
    const { roomId } = await this.#client.joinRoom(idOrAlias);
    await this.#arrived(roomId);
    this.openRoom(roomId);
  }

  /** @param intent what the widget is told that the call is for */
  startCall(intent = "join_existing"): void {
    if (this.#widget || this.#roomId === "") return;
    const options = { client: this.#client, parameters: this.#parameters, roomId: this.#roomId, theme: this.#theme };
    const kind = this.#kind.value as WidgetKind;
    this.#widget = new CallWidget(
      this.#call,
      { ...options, kind, intent },
      {
        joined: () => this.log.push("joined"),
        hungUp: () => this.log.push("hung up"),
        closed: () => {
          this.log.push("closed");
          // Its answer goes out first.
          setTimeout(() => this.#endCall(), 0);
        },
        muted: (state) => this.#showMuted(state),
      },
    );
    this.#body.classList.add("in-call");
    this.#kind.hidden = true;
    this.#controls.show(true, undefined);
  }

  #answer({ roomId, intent }: IncomingCall): void {
    this.openRoom(roomId);
    this.#endCall();
    this.startCall(intent === "audio" ? "join_existing_dm_voice" : "join_existing_dm");
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    document.documentElement.dataset["theme"] = theme;
    this.#widget?.setTheme(theme).catch(() => this.log.push("theme refused"));
  }

  async #mute(wish: Partial<MuteState>): Promise<void> {
    const state = await this.#widget?.mute(wish).catch(() => undefined);
    if (state) this.#showMuted(state);
  }

  #showMuted(state: MuteState): void {
    this.#muted = { audio_enabled: state.audio_enabled, video_enabled: state.video_enabled };
    this.#controls.show(this.#widget !== undefined, this.#muted);
  }

  #endCall(): void {
    this.#widget?.remove();
    this.#widget = undefined;
    this.#muted = undefined;
    this.#body.classList.remove("in-call");
    this.#kind.hidden = false;
    this.#controls.show(false, undefined);
  }

  #side(): HTMLElement {
    const field = h("input", { "aria-label": "New or existing room", placeholder: "Room name or #alias" });
    const go = (event: Event): void => {
      event.preventDefault();
      const text = field.value.trim();
      field.value = "";
      if (text !== "") void (/^[#!]/.test(text) ? this.joinRoom(text) : this.#createRoom(text));
    };
    const theme = h(
      "button",
      {
        "data-testid": "host-theme",
        "aria-label": "Light or dark",
        click: () => this.setTheme(this.#theme === "dark" ? "light" : "dark"),
      },
      "◐",
    );
    const name = this.#client.getUser(this.#client.getSafeUserId())?.displayName ?? this.#parameters.name;
    return h(
      "aside",
      { class: "side" },
      h("div", { class: "me" }, h("h2", { dir: "auto" }, name || "You"), theme),
      this.#rooms,
      h("form", { submit: go }, field, h("button", {}, "Open room")),
    );
  }

  async #createRoom(name: string): Promise<void> {
    const { room_id: roomId } = await this.#client.createRoom({
      name,
      preset: "public_chat" as never,
      initial_state: [ENCRYPTED],
      power_level_content_override: LEVELS,
    });
    await this.#arrived(roomId);
    this.openRoom(roomId);
  }

  #listRooms(): void {
    const rooms = this.#client.getRooms().filter((room) => room.getMyMembership() === "join");
    this.#rooms.replaceChildren(
      ...rooms.map((room) =>
        h(
          "button",
          {
            dir: "auto",
            "aria-current": String(room.roomId === this.#roomId),
            click: () => this.openRoom(room.roomId),
          },
          room.name,
        ),
      ),
    );
    this.#describeRoom();
  }

  #describeRoom(): void {
    const room = this.#client.getRoom(this.#roomId);
    // The count of a summary is older than the members where a homeserver sends it seldom.
    const count = room?.getJoinedMembers().length ?? 0;
    this.#title.textContent = room?.name ?? "No room yet";
    this.#people.textContent = room ? `${count} ${count === 1 ? "person" : "people"}` : "";
  }

  /** A join may be answered before the sync has brought the room's state. */
  async #arrived(roomId: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        const room = this.#client.getRoom(roomId);
        if (room?.getMyMembership() !== "join" || !room.currentState.getStateEvents("m.room.create", "")) return;
        this.#client.off(ClientEvent.Sync, look);
        resolve();
      };
      this.#client.on(ClientEvent.Sync, look);
      look();
    });
  }
}
