import { expect, it } from "vitest";

import { Metrics } from "./Metrics.ts";

it("writes counters, gauges and histograms as Prometheus reads them", () => {
  const metrics = new Metrics();
  metrics.count("conclave_jwt_never_joined_total");
  metrics.count("conclave_jwt_tokens_total", { route: "/get_token", access: "full" });
  metrics.count("conclave_jwt_tokens_total", { route: "/get_token", access: "full" }, 2);
  metrics.set("conclave_jwt_leave_jobs", { state: "waiting" }, 4);
  metrics.observe("conclave_jwt_look_up_seconds", { outcome: "ok" }, 0.02);
  metrics.observe("conclave_jwt_look_up_seconds", { outcome: "ok" }, 9);

  const lines = metrics.toString().split("\n");

  expect(lines).toContain("# TYPE conclave_jwt_tokens_total counter");
  expect(lines).toContain('conclave_jwt_tokens_total{route="/get_token",access="full"} 3');
  expect(lines).toContain("conclave_jwt_never_joined_total 1");
  expect(lines).toContain('conclave_jwt_leave_jobs{state="waiting"} 4');
  expect(lines).toContain('conclave_jwt_look_up_seconds_bucket{outcome="ok",le="0.01"} 0');
  expect(lines).toContain('conclave_jwt_look_up_seconds_bucket{outcome="ok",le="0.025"} 1');
  expect(lines).toContain('conclave_jwt_look_up_seconds_bucket{outcome="ok",le="+Inf"} 2');
  expect(lines).toContain('conclave_jwt_look_up_seconds_sum{outcome="ok"} 9.02');
  expect(lines).toContain('conclave_jwt_look_up_seconds_count{outcome="ok"} 2');
});
