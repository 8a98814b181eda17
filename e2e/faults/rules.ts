import type { Secret } from "@conclave/kit";

/** A request as a rule sees it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query as they were sent, percent-encoded. */
  readonly target: string;
  readonly accessToken: Secret<string> | undefined;
}

/** Which requests are meant. A field that is not given matches everything. */
export interface RequestPattern {
  readonly method?: string;
  readonly target?: RegExp;
  /** Requests with this token alone: those of one device. */
  readonly accessToken?: string;
}

/** Takes a body's text and gives the one that goes on in its place. */
export type Edit = (body: string) => string;

/** What becomes of a request. */
export type Fault =
  /** The answer comes late. The upstream has done its work at once. */
  | { readonly type: "delay"; readonly delayMs: number }
  /** The connection breaks before the upstream hears of it, as where nobody listens. */
  | { readonly type: "sever" }
  /** A Matrix error in the upstream's place, which hears nothing. 429 by default. */
  | { readonly type: "refuse"; readonly status?: number; readonly retryAfterMs?: number }
  /**
   * The upstream does its work, and its answer is lost with the connection: before its first byte, or between head and
   * body. Browsers repeat the first kind by themselves; the second kind they hand to the page.
   */
  | { readonly type: "lose_answer"; readonly at?: "start" | "body" }
  /** Waits for `release`: the request on its way to the upstream, or the answer on its way back. */
  | { readonly type: "hold"; readonly what: "request" | "answer" }
  /** The upstream gets it twice, one after the other. The second answer is passed on, as after a lost first one. */
  | { readonly type: "duplicate" }
  | { readonly type: "edit"; readonly request?: Edit; readonly answer?: Edit };

export interface Rule {
  readonly match: RequestPattern;
  readonly fault: Fault;
  /** How many requests it applies to; it is spent after that. @default every one */
  readonly times?: number;
}

/** A rule in force. */
export interface ActiveRule {
  readonly rule: Rule;
  readonly used: number;
}

export function matches({ method, target, accessToken }: RequestPattern, request: SeenRequest): boolean {
  return (
    (method === undefined || method === request.method) &&
    (target === undefined || target.test(request.target)) &&
    (accessToken === undefined || accessToken === request.accessToken?.reveal())
  );
}

/** The rule that a request falls under: the newest of those that match and are not spent. */
export function ruleFor<T extends ActiveRule>(rules: readonly T[], request: SeenRequest): T | undefined {
  return rules.findLast(({ rule, used }) => used < (rule.times ?? Infinity) && matches(rule.match, request));
}
