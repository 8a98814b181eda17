import { RequestResponse, RequestResponse_Reason, type UpdateParticipantMetadata } from "@livekit/protocol";

import type { RequestContext } from "./context.ts";

const MAX_METADATA_CHARACTERS = 65_536;
const MAX_NAME_CHARACTERS = 256;
const MAX_ATTRIBUTES = 64;
const MAX_ATTRIBUTES_CHARACTERS = 65_536;

/** The client changes its own name, metadata or attributes; an empty attribute is deleted. */
export function handleUpdateMetadata({ room, participant }: RequestContext, request: UpdateParticipantMetadata): void {
  const reason = refusal(participant, request) ?? RequestResponse_Reason.OK;
  if (reason === RequestResponse_Reason.OK) {
    if (request.metadata !== "") participant.metadata = request.metadata;
    if (request.name !== "") participant.name = request.name;
    for (const [key, value] of Object.entries(request.attributes)) {
      if (value === "") participant.attributes.delete(key);
      else participant.attributes.set(key, value);
    }
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
  { grant, attributes }: RequestContext["participant"],
  { metadata, name, attributes: changed }: UpdateParticipantMetadata,
): RequestResponse_Reason | undefined {
  if (!grant.canUpdateOwnMetadata) return RequestResponse_Reason.NOT_ALLOWED;
  const merged = Object.entries({ ...Object.fromEntries(attributes), ...changed });
  const characters = merged.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const isTooLarge =
    metadata.length > MAX_METADATA_CHARACTERS ||
    name.length > MAX_NAME_CHARACTERS ||
    merged.length > MAX_ATTRIBUTES ||
    characters > MAX_ATTRIBUTES_CHARACTERS;
  return isTooLarge ? RequestResponse_Reason.LIMIT_EXCEEDED : undefined;
}
