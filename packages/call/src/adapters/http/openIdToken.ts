import { MatrixRtcError, type OpenIdToken, type UserId } from "@conclave/matrix-rtc";

import { type HomeserverClient, matrixPath } from "./HomeserverClient.ts";
import { numberAt, stringAt } from "./json.ts";

/** A fresh token that proves to others who the user is. @see Client-Server API, "OpenID" */
export async function requestOpenIdToken(client: HomeserverClient, userId: UserId): Promise<OpenIdToken> {
  const path = `${matrixPath("/_matrix/client/v3/user", userId)}/openid/request_token`;
  const body = await client.json({ method: "POST", path, body: {} });
  const [access_token, matrix_server_name] = [stringAt(body, "access_token"), stringAt(body, "matrix_server_name")];
  if (access_token === undefined || matrix_server_name === undefined) {
    throw new MatrixRtcError("homeserver_refused", "The OpenID token is incomplete");
  }
  const token_type = stringAt(body, "token_type") ?? "Bearer";
  return { access_token, matrix_server_name, token_type, expires_in: numberAt(body, "expires_in") ?? 0 };
}
