import { FakeHomeserver } from "./FakeHomeserver.ts";
import { FakeRedis } from "./FakeRedis.ts";
import { FakeSfu } from "./FakeSfu.ts";
import { type Certificate, makeCertificate } from "./makeCertificate.ts";
import { Person } from "./Person.ts";
import { type Environment, ServiceProcess, type Start } from "./ServiceProcess.ts";
import { KEY, SECRET } from "./webhook.ts";

export const LAB_PHRASE = "YES_I_KNOW_WHAT_I_AM_DOING";
export const JOBS = "lk-jwt:jobs";

/** What one rig is made of. Closing ends all of it. */
export class Rig {
  readonly certificate: Certificate;
  /** Has full access. */
  readonly home: FakeHomeserver;
  /** Is restricted. */
  readonly stranger: FakeHomeserver;
  readonly sfu: FakeSfu;
  readonly redis: FakeRedis;
  readonly #services: ServiceProcess[] = [];

  private constructor(certificate: Certificate, parts: [FakeHomeserver, FakeHomeserver, FakeSfu, FakeRedis]) {
    this.certificate = certificate;
    [this.home, this.stranger, this.sfu, this.redis] = parts;
  }

  static async open(): Promise<Rig> {
    const certificate = await makeCertificate(["localhost"], ["127.0.0.1"]);
    const parts = [
      FakeHomeserver.start(certificate),
      FakeHomeserver.start(certificate),
      FakeSfu.start(SECRET),
      FakeRedis.start(),
    ] as const;
    return new Rig(certificate, await Promise.all(parts));
  }

  /** Nothing but lk-jwt-service's variables. */
  environment(more: Environment = {}): Environment {
    return {
      LIVEKIT_URL: this.sfu.url,
      LIVEKIT_KEY: KEY,
      LIVEKIT_SECRET: SECRET,
      LIVEKIT_FULL_ACCESS_HOMESERVERS: this.home.serverName,
      LIVEKIT_INSECURE_SKIP_VERIFY_TLS: LAB_PHRASE,
      LIVEKIT_LOG_LEVEL: "debug",
      ...more,
    };
  }

  /** Starts a service that this rig ends. */
  async start(more: Environment = {}, options: Omit<Start, "environment"> = {}): Promise<ServiceProcess> {
    const service = await ServiceProcess.start({ ...options, environment: this.environment(more) });
    this.#services.push(service);
    return service;
  }

  /** Starts a service that is to end by itself; returns its exit status. */
  async run(
    environment: Environment,
    parameters: readonly string[] = [],
  ): Promise<readonly [number | null, ServiceProcess]> {
    return ServiceProcess.run({ environment, parameters }, (service) => this.#services.push(service));
  }

  /** Somebody who is nobody else, with a room of their own. */
  person(homeserver: FakeHomeserver = this.home): Person {
    return new Person(homeserver);
  }

  async close(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.kill()));
    await Promise.all([this.home, this.stranger, this.sfu, this.redis].map((part) => part.close()));
  }
}
