/** Label values of one sample, by name. All of them come from closed sets, so that the number of samples is bounded. */
type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
}

const FAMILIES = {
  conclave_jwt_tokens_total: { type: "counter", help: "Tokens given" },
  conclave_jwt_refusals_total: { type: "counter", help: "Requests refused, by cause" },
  conclave_jwt_never_joined_total: {
    type: "counter",
    help: "Clients that got a token and did not join in its lifetime",
  },
  conclave_jwt_removed_total: {
    type: "counter",
    help: "Participants put out because they are no longer in the Matrix room",
  },
  conclave_jwt_look_up_seconds: {
    type: "histogram",
    help: "Time in which homeservers answered who a token belongs to",
  },
  conclave_jwt_webhooks_total: { type: "counter", help: "Webhooks of the SFU, by outcome" },
  conclave_jwt_leave_jobs: { type: "gauge", help: "Delegated leaves, by state" },
  conclave_jwt_leave_jobs_ended_total: {
    type: "counter",
    help: "Delegated leaves that ended; lost and unsent ones could not be kept",
  },
  conclave_jwt_delayed_event_failures_total: {
    type: "counter",
    help: "Calls for delayed events that failed and were tried again",
  },
  conclave_jwt_self_check: { type: "gauge", help: "1 if the installation passed the check, 0 if it did not" },
} as const satisfies Readonly<Record<string, Family>>;

export type MetricName = keyof typeof FAMILIES;

/** Upper bounds in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

interface Histogram {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** The numbers that an operator watches. @see Prometheus, "Text-based format" */
export class Metrics {
  readonly #values = new Map<MetricName, Map<string, number>>();
  readonly #histograms = new Map<string, Histogram>();

  count(name: MetricName, labels: Labels = {}, by = 1): void {
    const samples = this.#samples(name);
    const key = keyOf(labels);
    samples.set(key, (samples.get(key) ?? 0) + by);
  }

  set(name: MetricName, labels: Labels, value: number): void {
    this.#samples(name).set(keyOf(labels), value);
  }

  observe(name: "conclave_jwt_look_up_seconds", labels: Labels, seconds: number): void {
    const key = keyOf(labels);
    const histogram = this.#histograms.get(key) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
    this.#samples(name);
    this.#histograms.set(key, histogram);
    for (const [index, bound] of BUCKETS.entries())
      if (seconds <= bound) histogram.counts[index] = (histogram.counts[index] ?? 0) + 1;
    histogram.sum += seconds;
    histogram.count += 1;
  }

  /** Everything counted so far, in Prometheus' text format. */
  toString(): string {
    const lines: string[] = [];
    for (const [name, samples] of this.#values) {
      const { type, help } = FAMILIES[name];
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
      if (type === "histogram") lines.push(...this.#histogramLines(name));
      else for (const [labels, value] of samples) lines.push(`${name}${inBraces(labels)} ${value}`);
    }
    return `${lines.join("\n")}\n`;
  }

  #histogramLines(name: MetricName): readonly string[] {
    return [...this.#histograms].flatMap(([labels, { counts, sum, count }]) => {
      const prefix = labels === "" ? "" : `${labels},`;
      const buckets = BUCKETS.map((bound, index) => `${name}_bucket{${prefix}le="${bound}"} ${counts[index]}`);
      const all = `${name}_bucket{${prefix}le="+Inf"} ${count}`;
      return [...buckets, all, `${name}_sum${inBraces(labels)} ${sum}`, `${name}_count${inBraces(labels)} ${count}`];
    });
  }

  #samples(name: MetricName): Map<string, number> {
    const samples = this.#values.get(name) ?? new Map<string, number>();
    this.#values.set(name, samples);
    return samples;
  }
}

function keyOf(labels: Labels): string {
  let key = "";
  for (const name in labels) key += `${key === "" ? "" : ","}${name}="${labels[name]}"`;
  return key;
}

function inBraces(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}
