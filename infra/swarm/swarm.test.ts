import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("parallel.sh", import.meta.url));
const job = readFileSync(new URL("kubernetes-job.yaml", import.meta.url), "utf8");

/** Writes its arguments, one a line, to a file for each call; shard 2 fails, and so does a merge when asked to. */
const FAKE = `#!/usr/bin/env bash
case "$*" in
  "swarm merge "*) name=merge ;;
  *) name=$(printf '%s' "$*" | sed 's/.*--shard \\([0-9]*\\).*/\\1/') ;;
esac
printf '%s\\n' "$@" > "$CALLS/$name"
[ "$name" = 2 ] && exit 1
[ "$name" = merge ] && exit "\${MERGE_CODE:-0}"
exit 0
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "conclave-parallel-"));
  writeFileSync(join(folder, "conclave"), FAKE);
  chmodSync(join(folder, "conclave"), 0o755);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return spawnSync(script, args, {
    encoding: "utf8",
    env: { ...process.env, CONCLAVE: join(folder, "conclave"), CALLS: folder, ...environment },
  });
}

function callOf(name: string): readonly string[] {
  const file = join(folder, name);
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}

function valueOf(name: string, flag: string): string | undefined {
  const call = callOf(name);
  return call[call.indexOf(flag) + 1];
}

describe("several shards on one machine", () => {
  const url = "http://localhost:8008/r/abcd-efgh-jkm";
  it("get the same instant and options, a number each, and are merged although one failed", () => {
    const expectation = "first-frame.p95<2s; touch $CALLS/hacked";

    const { status } = run([
      "--url",
      url,
      "--shards",
      "3",
      "--out",
      join(folder, "out"),
      "--",
      "--seed",
      "7",
      "--expect",
      expectation,
    ]);

    expect(status).toBe(0);
    expect(["1", "2", "3"].map((name) => valueOf(name, "--shard"))).toEqual(["1/3", "2/3", "3/3"]);
    expect(new Set(["1", "2", "3"].map((name) => valueOf(name, "--at"))).size).toBe(1);
    expect(valueOf("1", "--at")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(["1", "2", "3"].map((name) => valueOf(name, "--expect"))).toEqual(Array(3).fill(expectation));
    expect(existsSync(join(folder, "hacked"))).toBe(false);
    const folders = [1, 2, 3].map((number) => join(join(folder, "out"), `shard-${number}`));
    expect(callOf("merge")).toEqual(["swarm", "merge", ...folders, "--out", join(join(folder, "out"), "merged")]);
    expect(folders).toContain(valueOf("3", "--out"));
  });

  it("run on other machines in turn, and their folders come back", () => {
    mkdirSync(join(folder, "far", "bin"), { recursive: true });
    const far = '[ "$8" = --quiet ] && mkdir -p "${@: -1}" && echo "$5" > "${@: -1}/report.json"';
    writeFileSync(join(folder, "far", "bin", "conclave"), `#!/usr/bin/env bash\n${far}\n`, { mode: 0o755 });
    const ssh = '#!/usr/bin/env bash\n[ "$3" = -- ] || exit 9\necho "$4" >> "$CALLS/hosts"\nexec bash -c "$5"\n';
    writeFileSync(join(folder, "ssh"), ssh, { mode: 0o755 });
    const args = ["--url", url, "--shards", "3", "--hosts", "one,two", "--path", join(folder, "far")];

    const { status } = run([...args, "--out", join(folder, "out")], { PATH: `${folder}:${process.env["PATH"] ?? ""}` });

    expect(status).toBe(0);
    const reports = [1, 2, 3].map((n) => readFileSync(join(folder, "out", `shard-${n}`, "report.json"), "utf8").trim());
    expect(reports).toEqual(["1/3", "2/3", "3/3"]);
    expect(callOf("hosts").toSorted()).toEqual(["one", "one", "one", "one", "two", "two"]);
  });

  it("end as the merge ends", () => {
    expect(run(["--url", url, "--shards", "2", "--out", join(folder, "out")], { MERGE_CODE: "1" }).status).toBe(1);
  });

  it.each([
    [[], "--url is missing"],
    [["--url"], "--url needs a value"],
    [["--url", url, "--shards", "1"], "--shards must be a number from 2 to 1000"],
    [["--url", url, "--shards", "4x"], "--shards must be a number"],
    [["--url", url, "--lead", "-5"], "--lead must be a number of seconds"],
    [["--url", url, "--hosts", "a,$(id)"], "--hosts must be names"],
    [["--url", url, "--hosts", "-oProxyCommand=id"], "--hosts must be names"],
    [["--url", url, "--path", "/a b"], "--path must be a path"],
    [["--url", url, "--people", "5"], "There is no option --people"],
  ])("are not started with %j", (args, sentence) => {
    const { status, stderr } = run(args);

    expect(status).toBe(2);
    expect(stderr).toContain(sentence);
    expect(callOf("1")).toEqual([]);
  });
});

describe("the job for Kubernetes", () => {
  it("starts all shards at once, none twice, and counts them the same everywhere", () => {
    const numbers = [...job.matchAll(/^ {2}(completions|parallelism|maxFailedIndexes): (\d+)$/gm)].map(([, , n]) => n);

    expect(numbers).toEqual(["50", "50", "50"]);
    expect(job).toContain('--shard "$((JOB_COMPLETION_INDEX + 1))/50"');
    expect(job).toMatch(/^ {2}backoffLimitPerIndex: 0$/m);
    expect(job).toMatch(/^ {6}restartPolicy: Never$/m);
    expect(job).toMatch(/^ {2}activeDeadlineSeconds: \d+$/m);
  });
});
