import { html, type TemplateResult } from "lit";

import type { CallMember, CallState, CallTrust, OutgoingRing } from "@conclave/call";

import type { CallActions } from "../elements/call-page/CallActions.ts";
import type { HomeActions } from "../elements/home-page/home-page.ts";
import type { LobbyActions } from "../elements/lobby-page/lobby-page.ts";
import type { MediaView } from "../media/MediaView.ts";
import * as fixtures from "./fixtures.ts";

import "../elements/after-page/after-page.ts";
import "../elements/call-page/call-page.ts";
import "../elements/home-page/home-page.ts";
import "../elements/lobby-page/lobby-page.ts";
import "../elements/problem-page/problem-page.ts";
import "../elements/toast-stack/toast-stack.ts";

const nothingToDo = (): void => {};

const homeActions: HomeActions = {
  startCall: nothingToDo,
  openCall: nothingToDo,
  forgetCall: nothingToDo,
  chooseTheme: nothingToDo,
  understandLink: () => ({ kind: "not_a_link" }),
  roomPath: (linkId) => `/r/${linkId}`,
};

const lobbyActions: LobbyActions = {
  join: nothingToDo,
  joinWithoutDevices: nothingToDo,
  decline: nothingToDo,
  setRingSilent: nothingToDo,
  setMicrophoneOn: nothingToDo,
  setCameraOn: nothingToDo,
  chooseDevice: nothingToDo,
  copyLink: nothingToDo,
};

const callActions: CallActions = {
  setMicrophoneOn: nothingToDo,
  setCameraOn: nothingToDo,
  setScreenOn: nothingToDo,
  chooseDevice: nothingToDo,
  setHandUp: nothingToDo,
  react: nothingToDo,
  setVideoSize: nothingToDo,
  copyLink: nothingToDo,
  leave: nothingToDo,
};

interface CallView {
  readonly members: readonly CallMember[];
  readonly trust?: CallTrust;
  readonly media?: MediaView;
  readonly state?: CallState;
  readonly isPeopleOpen?: boolean;
  readonly ring?: OutgoingRing;
}

const CALL_DURATION_MS = 751_000;

function call(view: CallView): TemplateResult {
  return html`<call-page
    .roomName=${"Monday stand-up"}
    .members=${view.members}
    .trust=${view.trust ?? fixtures.locked}
    .media=${view.media ?? fixtures.mediaOn()}
    .callState=${view.state ?? { phase: "joined" }}
    .durationMs=${() => CALL_DURATION_MS}
    .ring=${view.ring}
    .actions=${callActions}
    ?isPeopleOpen=${view.isPeopleOpen ?? false}
  ></call-page>`;
}

function lobby(changes: object = {}): TemplateResult {
  const all = { view: fixtures.lobbyView, media: fixtures.mediaOn(), displayName: "Mira Lund", ...changes } as Record<
    string,
    unknown
  >;
  return html`<lobby-page
    .view=${all["view"]}
    .media=${all["media"]}
    .displayName=${all["displayName"]}
    .step=${all["step"]}
    .ring=${all["ring"]}
    .problem=${all["problem"]}
    .isEmbedded=${all["isEmbedded"] ?? false}
    .header=${all["header"] ?? "standard"}
    .actions=${lobbyActions}
  ></lobby-page>`;
}

function home(recentCalls: typeof fixtures.recentCalls): TemplateResult {
  return html`<home-page .recentCalls=${recentCalls} .nowMs=${fixtures.NOW_MS} .actions=${homeActions}></home-page>`;
}

/** Presses the button when there is one. */
async function openReactions(): Promise<void> {
  await Promise.resolve();
  const shown = document.querySelector("call-page");
  await shown?.updateComplete;
  const bar = shown?.renderRoot.querySelector("control-bar");
  await bar?.updateComplete;
  bar?.toggleReactions();
}

/** Every page in every state that a person may meet. */
export const views: Readonly<Record<string, () => TemplateResult>> = {
  home: () => home(fixtures.recentCalls),
  homeFirstVisit: () => home([]),
  lobby: () => lobby(),
  lobbyOpening: () => lobby({ view: undefined, displayName: "" }),
  lobbyCameraOff: () => lobby({ media: fixtures.mediaOff, view: { ...fixtures.lobbyView, members: [] } }),
  lobbyRefused: () => lobby({ media: fixtures.mediaRefused }),
  lobbyJoining: () => lobby({ step: "authorizing" }),
  lobbyRinging: () => lobby({ ring: fixtures.rings }),
  lobbyEmbedded: () => lobby({ isEmbedded: true, header: "none" }),
  lobbyFailed: () => lobby({ problem: { code: "sfu_unreachable", isRetryable: true } }),
  call: () => call({ members: fixtures.fourPeople() }),
  callDuo: () => call({ members: [fixtures.withVideo("Ann Berg", 320, { isSpeaking: true }), fixtures.self] }),
  callShare: () => call({ members: fixtures.sharing() }),
  callKeys: () => call({ members: fixtures.withoutKey(), trust: fixtures.partial }),
  callCrowd: () => call({ members: fixtures.crowd() }),
  callPeople: () => call({ members: fixtures.withoutKey(), trust: fixtures.partial, isPeopleOpen: true }),
  callHands: () => call({ members: fixtures.handsUp() }),
  callHandsPeople: () => call({ members: fixtures.handsUp(), isPeopleOpen: true }),
  callReactions: () => {
    void openReactions();
    return call({ members: fixtures.handsUp() });
  },
  callRinging: () => call({ members: [fixtures.self], trust: fixtures.alone, ring: fixtures.ringing }),
  callAlone: () => call({ members: [fixtures.self], trust: fixtures.alone, media: fixtures.mediaOff }),
  callReconnecting: () =>
    call({
      members: fixtures.fourPeople(),
      trust: fixtures.partial,
      state: { phase: "reconnecting", cause: "sfu", since: fixtures.NOW_MS },
    }),
  after: () => html`<after-page .durationMs=${CALL_DURATION_MS}></after-page>`,
  afterNobody: () => html`<after-page .durationMs=${CALL_DURATION_MS} .because=${"timed_out"}></after-page>`,
  afterFailed: () =>
    html`<after-page
      .durationMs=${CALL_DURATION_MS}
      .problem=${{ code: "sfu_unreachable", isRetryable: true }}
    ></after-page>`,
  problem: () =>
    html`<problem-page .problem=${{ code: "room_not_found", isRetryable: true }} .retry=${nothingToDo}></problem-page>`,
};
