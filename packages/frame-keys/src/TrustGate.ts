import type { Logger } from "@conclave/kit";
import type { DeviceAddress, DeviceFacts, MatrixPort } from "@conclave/matrix-rtc";

import { deviceKey } from "./deviceKey.ts";
import type { TrustBook } from "./TrustBook.ts";

/** Asks the port about devices, and lets those through that the policy trusts. */
export class TrustGate {
  readonly #matrix: Pick<MatrixPort, "readDeviceFacts" | "self">;
  readonly #book: TrustBook | undefined;
  readonly #logger: Logger;

  constructor(matrix: Pick<MatrixPort, "readDeviceFacts" | "self">, book: TrustBook | undefined, logger: Logger) {
    this.#matrix = matrix;
    this.#book = book;
    this.#logger = logger;
  }

  /** Those of the recipients that are known and not trusted. @throws {MatrixRtcError} nobody can be asked now */
  async refuse(recipients: readonly DeviceAddress[]): Promise<ReadonlySet<string>> {
    const known = await this.#look(recipients);
    const refused = known.filter((facts) => this.#book?.isTrusted(facts) === false);
    if (refused.length > 0) this.#logger.warn("devices get no key: not trusted", { devices: refused.length });
    return new Set(refused.map(deviceKey));
  }

  /** Whether a key of this sender counts; at once where that is known. */
  accepts(from: DeviceAddress, isCrossSigned: boolean): boolean | Promise<boolean> {
    const book = this.#book;
    if (!book || !this.#matrix.readDeviceFacts || book.policy === "all") return true;
    if (isCrossSigned && book.trustOf(from) !== "key_changed") return true;
    return book.isTrusted(from) || this.#lookAndJudge(book, from);
  }

  async #lookAndJudge(book: TrustBook, from: DeviceAddress): Promise<boolean> {
    try {
      await this.#look([from]);
    } catch (error) {
      this.#logger.warn("a device could not be looked up", { error });
    }
    return book.isTrusted(from);
  }

  async #look(devices: readonly DeviceAddress[]): Promise<readonly DeviceFacts[]> {
    const book = this.#book;
    const { self } = this.#matrix;
    if (!book || !this.#matrix.readDeviceFacts) return [];
    const known = await this.#matrix.readDeviceFacts(book.followsOwn ? [...devices, self] : devices);
    const isOwn = (facts: DeviceFacts): boolean => deviceKey(facts) === deviceKey(self);
    const own = known.find(isOwn);
    if (own) book.noteOwn(own);
    const others = known.filter((facts) => !isOwn(facts));
    for (const facts of others) book.note(facts);
    return others;
  }
}
