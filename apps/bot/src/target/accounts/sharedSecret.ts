import { createHmac } from "node:crypto";

import type { StoredAccount } from "@conclave/call";
import type { Secret } from "@conclave/kit";

import { TargetError } from "../errors.ts";
import { stringAt } from "../json.ts";
import { describe, type ApiAnswer } from "../MatrixApi.ts";
import type { AccountSource, SourceDeps } from "./AccountSource.ts";
import { newCredentials, sessionOf } from "./credentials.ts";

const PATH = "/_synapse/admin/v1/register";

/**
 * Accounts made with Synapse's registration secret. The keeper becomes an administrator, so that everything can be
 * removed afterwards.
 *
 * @see Synapse, "Shared-Secret Registration"
 */
export function sharedSecretRegistration(deps: SourceDeps, secret: Secret<string>): AccountSource {
  return {
    origin: "made",
    accountOf: () => register(deps, secret, false),
    openKeeper: async () => ({
      account: await register(deps, secret, true),
      origin: "made",
      isAdmin: true,
      isBorrowed: false,
    }),
  };
}

async function register(deps: SourceDeps, secret: Secret<string>, isAdmin: boolean): Promise<StoredAccount> {
  const { username, password } = newCredentials(deps);
  const asked = await deps.api.sendPatiently({ method: "GET", path: PATH });
  const nonce = stringAt(asked.body, "nonce");
  if (!asked.isOk || nonce === undefined) throw unsupported(deps, asked);
  const answer = await deps.api.sendPatiently({
    method: "POST",
    path: PATH,
    body: { nonce, username, password, admin: isAdmin, mac: macOf(secret, [nonce, username, password], isAdmin) },
  });
  if (answer.isOk) return sessionOf(deps, answer.body, password);
  if (answer.status === 403) {
    const { host } = new URL(deps.api.baseUrl);
    throw new TargetError(
      "wrong_credentials",
      `${host} does not take the shared secret: compare it with its configuration.`,
    );
  }
  throw unsupported(deps, answer);
}

function macOf(secret: Secret<string>, parts: readonly string[], isAdmin: boolean): string {
  const text = [...parts, isAdmin ? "admin" : "notadmin"].join("\0");
  return createHmac("sha1", secret.reveal()).update(text).digest("hex");
}

function unsupported({ api }: SourceDeps, answer: ApiAnswer): TargetError {
  return new TargetError(
    "registration_closed",
    `${new URL(api.baseUrl).host} has no registration by shared secret (it answered ${describe(answer)}): that is a way of Synapse; give --accounts.`,
  );
}
