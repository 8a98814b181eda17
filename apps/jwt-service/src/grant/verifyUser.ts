import { unauthorised } from "../errors.ts";
import { LookUpFault, type Homeservers, type OpenIdToken } from "../ports.ts";

export interface VerifyDeps {
  readonly homeservers: Homeservers;
  /** The operator's own servers: only of those it is said that they cannot be reached, of others it would map networks. */
  readonly isOwn: (serverName: string) => boolean;
}

/**
 * The user id that the named homeserver vouches for; a homeserver can only vouch for its own users.
 *
 * @param claimedUserId who the client says it is, where it says so
 * @throws {JwtServiceError} `unauthorised`, `homeserver_unreachable`: the body of both is the same
 */
export async function verifyUser(deps: VerifyDeps, token: OpenIdToken, claimedUserId?: string): Promise<string> {
  const userId = await deps.homeservers.openIdUser(token).catch((fault: unknown) => {
    const isOut = fault instanceof LookUpFault && fault.reason === "unreachable" && deps.isOwn(token.serverName);
    throw unauthorised(detailOf(fault), isOut ? "homeserver_unreachable" : "unauthorised");
  });
  if (!isUserOf(userId, token.serverName)) throw unauthorised("subject of another server");
  if (claimedUserId !== undefined && claimedUserId !== userId) throw unauthorised("another user is claimed");
  return userId;
}

/** True for `@local:server` with exactly that server. */
function isUserOf(userId: string, serverName: string): boolean {
  const colon = userId.indexOf(":");
  return userId.startsWith("@") && colon > 1 && userId.slice(colon + 1) === serverName;
}

function detailOf(fault: unknown): string {
  if (fault instanceof LookUpFault) return `${fault.reason}: ${fault.detail}`;
  return fault instanceof Error ? fault.name : typeof fault;
}
