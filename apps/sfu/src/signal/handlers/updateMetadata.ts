import { RequestResponse, RequestResponse_Reason, type UpdateParticipantMetadata } from "@livekit/protocol";

import type { RequestContext } from "./context.ts";

/** Beside the bytes of all together. */
const MAX_ATTRIBUTES = 64;

/** The client changes its own name, metadata or attributes; an empty attribute is deleted. */
export function handleUpdateMetadata({ room, participant }: RequestContext, request: UpdateParticipantMetadata): void {
  const reason = refusal({ room, participant }, request) ?? RequestResponse_Reason.OK;
  if (reason === RequestResponse_Reason.OK) {
    const { name, metadata, attributes } = request;
    participant.change({
      attributes,
      ...(name === "" ? {} : { name }),
      ...(metadata === "" ? {} : { metadata }),
    });
    room.announce(participant, { includeSelf: true });
  }
  const value = new RequestResponse({
    requestId: request.requestId,
    reason,
    request: { case: "updateMetadata", value: request },
  });
  participant.send({ case: "requestResponse", value });
}

function refusal(
  { room, participant: { grant, attributes } }: Pick<RequestContext, "room" | "participant">,
  { metadata, name, attributes: changed }: UpdateParticipantMetadata,
): RequestResponse_Reason | undefined {
  if (!grant.canUpdateOwnMetadata) return RequestResponse_Reason.NOT_ALLOWED;
  const { limits } = room.deps;
  const merged = Object.entries({ ...Object.fromEntries(attributes), ...changed });
  const sizeBytes = merged.reduce((sum, pair) => sum + Buffer.byteLength(pair.join("")), 0);
  const isTooLarge =
    Buffer.byteLength(metadata) > limits.metadataBytes ||
    name.length > limits.nameLength ||
    merged.length > MAX_ATTRIBUTES ||
    sizeBytes > limits.attributesBytes;
  return isTooLarge ? RequestResponse_Reason.LIMIT_EXCEEDED : undefined;
}
