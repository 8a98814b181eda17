import type { PersonBrowser } from "@conclave/bot/browser";
import type { StoredAccount } from "@conclave/call";

import { postJson } from "../json.ts";

interface LoginAnswer {
  readonly device_id: string;
  readonly access_token: string;
}

/** Logs the guest of one browser in on another one, which becomes another device of the same user. Before its first page. */
export async function shareAccount(from: PersonBrowser, to: PersonBrowser): Promise<void> {
  const entry = await from.page.evaluate(() => {
    const name = Object.keys(localStorage).find((key) => key.startsWith("conclave.account."))!;
    return { name, text: localStorage.getItem(name)! };
  });
  const account = JSON.parse(entry.text) as StoredAccount;
  // The app takes a device whose keys are not there for lost, and logs it out: this one may be.
  const login = await postJson<LoginAnswer>(`${account.homeserverUrl}/_matrix/client/v3/login`, {
    type: "m.login.password",
    identifier: { type: "m.id.user", user: account.userId },
    password: account.password,
  });
  const text = JSON.stringify({ ...account, deviceId: login.device_id, accessToken: login.access_token });
  await to.context.addInitScript(
    ({ name, value }) => {
      if (localStorage.getItem(name) === null) localStorage.setItem(name, value);
    },
    { name: entry.name, value: text },
  );
}
