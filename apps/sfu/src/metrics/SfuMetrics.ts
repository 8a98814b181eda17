import type { Scope } from "@conclave/kit";

import type { ApiCall } from "../api/TwirpServer.ts";
import type { MediaKind, MediaPlane } from "../media/MediaPlane.ts";
import type { WorkerUsage } from "../ports.ts";
import type { RoomHappening } from "../room/RoomHappening.ts";
import type { RoomRegistry } from "../room/RoomRegistry.ts";
import type { WebhookOutcome } from "../webhooks/WebhookSender.ts";
import { Counts } from "./Counts.ts";
import { EXPOSITION_TYPE, type Metric, type Sample, writeExposition } from "./exposition.ts";

const MS_PER_SECOND = 1000;
const KINDS = ["audio", "video"] as const;

export interface MetricsDeps {
  readonly rooms: RoomRegistry;
  readonly plane: MediaPlane;
  readonly scope: Scope;
  readonly nodeId: string;
}

/**
 * Counts what happens, under LiveKit's names where it counts the same. Names rooms and people nowhere.
 *
 * @see livekit/livekit, pkg/telemetry/prometheus
 */
export class SfuMetrics {
  readonly #deps: MetricsDeps;
  readonly #joins = new Counts();
  readonly #publishes = new Counts();
  readonly #calls = new Counts();
  readonly #webhooks = new Counts();

  constructor(deps: MetricsDeps) {
    this.#deps = deps;
    deps.rooms.happened.on(deps.scope, (fact) => this.#onHappened(fact));
  }

  countCall({ service, method, status, code }: ApiCall): void {
    const family = status < 300 ? String(status) : `${Math.floor(status / 100)}xx`;
    // What nobody serves may be called anything.
    const names = code === "bad_route" ? { service: "", method: "" } : { service, method };
    this.#calls.add({ ...names, status: family, code });
  }

  countWebhook(outcome: WebhookOutcome): void {
    this.#webhooks.add({ outcome });
  }

  countRefusedJoin(): void {
    this.#joins.add({ state: "signal_failed" });
  }

  /** The page that Prometheus reads. */
  async page(): Promise<Response> {
    const usage = await this.#deps.plane.usage().catch(() => undefined);
    const text = writeExposition([...this.#roomMetrics(), ...this.#countMetrics(), ...processMetrics(usage)], {
      node_id: this.#deps.nodeId,
      node_type: "SERVER",
    });
    return new Response(text, { headers: { "content-type": EXPOSITION_TYPE } });
  }

  #roomMetrics(): Metric[] {
    const { rooms } = this.#deps.rooms;
    const participants = rooms.flatMap((room) => room.participants);
    const published = participants.flatMap(({ tracks }) => [...tracks.values()].filter((track) => track.isPublished));
    const subscribed = participants.flatMap(({ media }) => media?.subscriber.subscribedSids ?? []);
    return [
      gauge("livekit_room_total", "Rooms that are open.", [{ value: rooms.length }]),
      gauge("livekit_participant_total", "Participants of all rooms.", [{ value: participants.length }]),
      gauge(
        "livekit_track_published_total",
        "Tracks that are published.",
        byKind((kind) => published.filter((track) => track.kind === kind).length),
      ),
      gauge(
        "livekit_track_subscribed_total",
        "Tracks that are forwarded, once for each who receives them.",
        byKind((kind) => subscribed.filter((sid) => sid.startsWith(kind === "audio" ? "TR_A" : "TR_V")).length),
      ),
    ];
  }

  #countMetrics(): Metric[] {
    return [
      counter("livekit_participant_join_total", "Joins by how far they came.", this.#joins),
      counter("livekit_track_publish_counter", "Tracks that were published.", this.#publishes),
      counter("livekit_twirp_request_status_total", "Calls of the server API.", this.#calls),
      counter("conclave_webhook_total", "Webhooks by what became of them.", this.#webhooks),
    ];
  }

  #onHappened(fact: RoomHappening): void {
    if (fact.name === "participantJoined") this.#joins.add({ state: "signal_connected" });
    if (fact.name === "participantActive") this.#joins.add({ state: "rtc_connected" });
    if (fact.name === "trackPublished") {
      this.#publishes.add({ kind: fact.track.kind.toUpperCase(), state: "success" });
    }
  }
}

function byKind(count: (kind: MediaKind) => number): Sample[] {
  return KINDS.map((kind) => ({ labels: { kind: kind.toUpperCase() }, value: count(kind) }));
}

function processMetrics(usage: WorkerUsage | undefined): Metric[] {
  const { user, system } = process.cpuUsage();
  const workers = usage
    ? [
        counterOf("conclave_worker_cpu_seconds_total", "Processor time of the media workers.", [
          { value: (usage.userMs + usage.systemMs) / MS_PER_SECOND },
        ]),
        gauge("conclave_worker_resident_memory_bytes", "The most memory that the media workers had.", [
          { value: usage.maxResidentBytes },
        ]),
      ]
    : [];
  return [
    gauge("conclave_media_up", "1 while the media workers answer.", [{ value: usage ? 1 : 0 }]),
    ...workers,
    counterOf("process_cpu_seconds_total", "Processor time of signalling.", [{ value: (user + system) / 1e6 }]),
    gauge("process_resident_memory_bytes", "Memory of signalling.", [{ value: process.memoryUsage.rss() }]),
  ];
}

function counter(name: string, help: string, { samples }: Counts): Metric {
  return counterOf(name, help, samples);
}

function counterOf(name: string, help: string, samples: Metric["samples"]): Metric {
  return { name, help, samples, type: "counter" };
}

function gauge(name: string, help: string, samples: Metric["samples"]): Metric {
  return { name, help, samples, type: "gauge" };
}
