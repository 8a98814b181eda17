const NAME = "password";
const MAX_LENGTH = 1024;

/**
 * The password in a link's fragment, which browsers send to nobody: `#password=…`, or as Element Call writes it
 * `#?password=…` and `#/room?password=…`. In the query, which servers log, it does not count.
 */
export function linkPassword({ hash }: URL): string | undefined {
  const fragment = hash.slice(1);
  const parameters = new URLSearchParams(fragment.slice(fragment.indexOf("?") + 1));
  const password = parameters.get(NAME) ?? "";
  return password === "" || password.length > MAX_LENGTH ? undefined : password;
}

/** A fragment that carries a password. */
export function passwordFragment(password: string): string {
  return new URLSearchParams({ [NAME]: password }).toString();
}
