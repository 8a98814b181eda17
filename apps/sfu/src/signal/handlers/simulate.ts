import {
  DisconnectReason,
  LeaveRequest_Action,
  type SimulateScenario,
  SpeakerInfo,
  SpeakersChanged,
} from "@livekit/protocol";

import type { RequestContext } from "./context.ts";

const MS_PER_SECOND = 1000;
const MAX_SPEAKING_SECONDS = 60;
const LOUD = 0.9;

/** The client wants to see how it copes with what happens to itself. Nobody else is touched. */
export function handleSimulate(context: RequestContext, { scenario }: SimulateScenario): void {
  const { room, participant } = context;
  switch (scenario.case) {
    case "speakerUpdate":
      return speak(context, scenario.value);
    case "leaveRequestFullReconnect":
      return room.remove(participant, DisconnectReason.STATE_MISMATCH, LeaveRequest_Action.RECONNECT);
    case "serverLeave":
      return room.remove(participant, DisconnectReason.SERVER_SHUTDOWN);
    case "nodeFailure":
    case "migration": {
      // Without a word, as when the machine has gone: the resume that follows finds nobody.
      if (scenario.value) room.remove(participant, DisconnectReason.CLIENT_INITIATED);
      return undefined;
    }
    default:
      return undefined;
  }
}

function speak({ participant, clock }: RequestContext, seconds: number): void {
  const { sid } = participant;
  const say = (active: boolean): void => {
    const speakers = [new SpeakerInfo({ sid, active, level: active ? LOUD : 0 })];
    participant.send({ case: "speakersChanged", value: new SpeakersChanged({ speakers }) });
  };
  say(true);
  const durationMs = Math.max(0, Math.min(seconds, MAX_SPEAKING_SECONDS)) * MS_PER_SECOND;
  participant.scope.onEnd(clock.after(durationMs, () => say(false)));
}
