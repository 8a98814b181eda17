/**
 * Loaded into the service by `--import`: answers every DNS question from a table, and decides about every TCP
 * connection where it is made, below everything that the service could use. Nothing leaves this machine.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { isIP } from "node:net";

/** What the spy is told, as a file of JSON named by `CONTRACT_SPY`. */
export interface SpyTable {
  /** Addresses by name, one list for each look-up; the last one stays. */
  readonly hosts: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly srv: Readonly<Record<string, readonly { readonly name: string; readonly port: number }[]>>;
  /** Ports of loopback by `address:port`: where allowed connections go in truth. */
  readonly forward: Readonly<Record<string, number>>;
  /** Ports of loopback that are the operator's own. */
  readonly own: readonly number[];
  /** Gets one line for each connection: `address port`. */
  readonly log: string;
}

type Callback = (fault: Error | null, ...results: readonly unknown[]) => void;
type Connect = (this: unknown, request: unknown, address: string, port: number) => number;

const REFUSED = -111;
const table = JSON.parse(readFileSync(process.env["CONTRACT_SPY"] ?? "", "utf8")) as SpyTable;
const asked = new Map<string, number>();
const dns = createRequire(import.meta.url)("node:dns") as Record<string, unknown> & {
  promises: Record<string, unknown>;
};

function notFound(name: string): Error {
  return Object.assign(new Error(`queryA ENOTFOUND ${name}`), { code: "ENOTFOUND", hostname: name });
}

/** As getaddrinfo does, which reads 127.1, 0x7f000001 and 2130706433 as addresses. */
function addressesOf(host: string): readonly string[] {
  if (isIP(host) !== 0) return [host];
  const read = URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : host;
  if (isIP(read) !== 0) return [read];
  const name = host.toLowerCase().replace(/\.$/, "");
  const answers = Object.hasOwn(table.hosts, name) ? table.hosts[name] : undefined;
  if (!answers) throw notFound(host);
  const count = asked.get(name) ?? 0;
  asked.set(name, count + 1);
  return answers[Math.min(count, answers.length - 1)] ?? [];
}

function lookedUp(host: string, options: { readonly all?: boolean; readonly family?: number }): readonly unknown[] {
  const wanted = addressesOf(host).filter((address) => !options.family || isIP(address) === options.family);
  const all = wanted.map((address) => ({ address, family: isIP(address) }));
  if (all.length === 0) throw notFound(host);
  return options.all ? [all] : [all[0]?.address, all[0]?.family];
}

function records(host: string, family: number): readonly string[] {
  const found = addressesOf(host).filter((address) => isIP(address) === family);
  if (found.length === 0) throw notFound(host);
  return found;
}

function services(name: string): readonly unknown[] {
  const found = Object.hasOwn(table.srv, name) ? table.srv[name] : undefined;
  if (!found) throw notFound(name);
  return found.map((target) => ({ priority: 10, weight: 5, ...target }));
}

const optionsOf = (given: unknown): { all?: boolean; family?: number } =>
  typeof given === "number" ? { family: given } : typeof given === "object" && given !== null ? given : {};

/** The same answer for a callback and for a promise. */
function answerBoth(name: string, answer: (host: string, options: unknown) => readonly unknown[]): void {
  const byCallback = (host: string, ...rest: readonly unknown[]): void => {
    const callback = rest.at(-1) as Callback;
    process.nextTick(() => {
      let results: readonly unknown[];
      try {
        results = answer(host, rest.length > 1 ? rest[0] : undefined);
      } catch (fault) {
        return callback(fault as Error);
      }
      callback(null, ...results);
    });
  };
  const byPromise = async (host: string, options?: unknown): Promise<unknown> => {
    const results = answer(host, options);
    return name === "lookup" && results.length > 1 ? { address: results[0], family: results[1] } : results[0];
  };
  dns[name] = byCallback;
  dns.promises[name] = byPromise;
  for (const [holder, answering] of [
    [dns, byCallback],
    [dns.promises, byPromise],
  ] as const) {
    const { prototype } = holder["Resolver"] as { prototype: Record<string, unknown> };
    if (name !== "lookup") prototype[name] = answering;
  }
}

answerBoth("lookup", (host, options) => lookedUp(host, optionsOf(options)));
answerBoth("resolve4", (host) => [records(host, 4)]);
answerBoth("resolve6", (host) => [records(host, 6)]);
answerBoth("resolveSrv", (name) => [services(name)]);
answerBoth("resolve", (host, type) => [type === "SRV" ? services(host) : records(host, type === "AAAA" ? 6 : 4)]);
for (const name of ["resolveAny", "resolveCname", "resolveTxt", "reverse"]) {
  answerBoth(name, (host) => {
    throw notFound(host);
  });
}
syncBuiltinESMExports();

const { TCP } = (
  process as unknown as { binding(name: string): { TCP: { prototype: Record<string, Connect> } } }
).binding("tcp_wrap");
const original = TCP.prototype["connect"];
for (const name of ["connect", "connect6"]) {
  TCP.prototype[name] = function connect(request, address, port) {
    const isOwn = address === "127.0.0.1" && table.own.includes(port);
    if (!isOwn) appendFileSync(table.log, `${address} ${port}\n`);
    const target = isOwn ? port : table.forward[`${address}:${port}`];
    return target === undefined ? REFUSED : (original?.call(this, request, "127.0.0.1", target) ?? REFUSED);
  };
}
