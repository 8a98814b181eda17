import type { TargetOptions } from "../model.ts";
import type { AccountSource, SourceDeps } from "./AccountSource.ts";
import { givenAccounts } from "./givenAccounts.ts";
import { openRegistration } from "./openRegistration.ts";
import { sharedSecretRegistration } from "./sharedSecret.ts";

/** Given accounts before the shared secret, that before open registration. */
export function chooseSource(deps: SourceDeps, options: TargetOptions): AccountSource {
  if (options.accounts) return givenAccounts(deps, options.accounts);
  if (options.sharedSecret) return sharedSecretRegistration(deps, options.sharedSecret);
  return openRegistration(deps);
}
