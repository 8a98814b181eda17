import type { SignalRequest } from "@livekit/protocol";

import { handleAddTrack } from "./addTrack.ts";
import { handleAnswer } from "./answer.ts";
import type { RequestContext } from "./context.ts";
import { handleLeave } from "./leave.ts";
import { handleMute } from "./mute.ts";
import { handleOffer } from "./offer.ts";
import { handlePing, handlePingReq } from "./ping.ts";
import { handleSimulate } from "./simulate.ts";
import { handleSubscription } from "./subscription.ts";
import { handleSubscriptionPermission } from "./subscriptionPermission.ts";
import { handleSyncState } from "./syncState.ts";
import { handleTrackSetting } from "./trackSetting.ts";
import { handleUpdateMetadata } from "./updateMetadata.ts";
import { handleUpdateAudioTrack, handleUpdateVideoTrack } from "./updateTrack.ts";

/**
 * Hands a request to its handler. What is not served is ignored: candidates (we are ICE-lite), deprecated requests,
 * data tracks, and whatever clients will learn later.
 *
 * @throws {SfuError} when the session cannot go on
 */
export async function dispatch(context: RequestContext, { message }: SignalRequest): Promise<void> {
  switch (message.case) {
    case "offer":
      return handleOffer(context, message.value);
    case "answer":
      return handleAnswer(context, message.value);
    case "addTrack":
      return handleAddTrack(context, message.value);
    case "mute":
      return handleMute(context, message.value);
    case "subscription":
      return handleSubscription(context, message.value);
    case "trackSetting":
      return handleTrackSetting(context, message.value);
    case "subscriptionPermission":
      return handleSubscriptionPermission(context, message.value);
    case "syncState":
      return handleSyncState(context, message.value);
    case "updateMetadata":
      return handleUpdateMetadata(context, message.value);
    case "updateAudioTrack":
      return handleUpdateAudioTrack(context, message.value);
    case "updateVideoTrack":
      return handleUpdateVideoTrack(context, message.value);
    case "simulate":
      return handleSimulate(context, message.value);
    case "leave":
      return handleLeave(context);
    case "ping":
      return handlePing(context);
    case "pingReq":
      return handlePingReq(context, message.value);
    default:
      return undefined;
  }
}
