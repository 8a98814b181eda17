import { randomUUID } from "node:crypto";

import { postJson } from "./json.ts";

/** A device of an account that a story made through the client API. */
export interface Login {
  readonly userId: string;
  readonly deviceId: string;
  readonly accessToken: string;
  readonly password: string;
}

interface LoginAnswer {
  readonly user_id: string;
  readonly device_id: string;
  readonly access_token: string;
}

export async function register(origin: string, name: string): Promise<Login> {
  const password = randomUUID();
  const answer = await postJson<LoginAnswer>(`${origin}/_matrix/client/v3/register`, {
    auth: { type: "m.login.dummy" },
    username: `${name}-${randomUUID().slice(0, 8)}`,
    password,
  });
  return loginOf(answer, password);
}

/** A further device of the same user. */
export async function logIn(origin: string, { userId, password }: Pick<Login, "userId" | "password">): Promise<Login> {
  const answer = await postJson<LoginAnswer>(`${origin}/_matrix/client/v3/login`, {
    type: "m.login.password",
    identifier: { type: "m.id.user", user: userId },
    password,
  });
  return loginOf(answer, password);
}

function loginOf(answer: LoginAnswer, password: string): Login {
  return { userId: answer.user_id, deviceId: answer.device_id, accessToken: answer.access_token, password };
}
