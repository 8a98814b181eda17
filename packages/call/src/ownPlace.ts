import {
  chooseOwnForm,
  type MatrixFeatures,
  type MembershipLayer,
  type OwnForm,
  type RoomId,
  type SlotDescription,
} from "@conclave/matrix-rtc";

import { createSfuAuthorizer, type SfuAuthorizer } from "./authorizeSfu.ts";
import type { CallDeps } from "./deps.ts";

/** As whom a join goes in, and the grants that belong to that: an SFU identity is made from the member id. */
export interface OwnPlace {
  readonly form: OwnForm;
  readonly authorizer: SfuAuthorizer;
}

export interface OwnPlacesOptions {
  readonly roomId: RoomId;
  readonly slot: SlotDescription;
  /** In which layer most joins will want to go in. */
  readonly layer: MembershipLayer;
  /** `undefined` if the homeserver does not say. */
  readonly features: () => Promise<MatrixFeatures | undefined>;
}

/**
 * Gets the place of the next join ready. In layers B and C each join needs one of its own, because a member id is used
 * once; layer A's stays the same, and its grant with it.
 */
export class OwnPlaces {
  readonly #deps: CallDeps;
  readonly #options: OwnPlacesOptions;
  #next: Promise<OwnPlace> | undefined;

  constructor(deps: CallDeps, options: OwnPlacesOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** What a join in the usual layer would get now. */
  next(): Promise<OwnPlace> {
    this.#next ??= this.#make(this.#options.layer);
    return this.#next;
  }

  /** Hands the place to a join. */
  async take(layer: MembershipLayer = this.#options.layer): Promise<OwnPlace> {
    if (layer !== this.#options.layer) return this.#make(layer);
    const place = await this.next();
    const { layer: sent, insteadOf } = place.form;
    if (sent !== "deployed" || insteadOf?.because === "features_unknown") this.#next = undefined;
    return place;
  }

  async #make(layer: MembershipLayer): Promise<OwnPlace> {
    const { roomId, slot } = this.#options;
    // Layer A asks nothing of the homeserver, so its grant need not wait for an answer.
    const features = layer === "deployed" ? undefined : await this.#options.features();
    const form = chooseOwnForm({ self: this.#deps.matrix.self, randomBytes: this.#deps.randomBytes }, layer, features);
    const identity = form.layer === "deployed" ? "plain" : "hashed";
    if (form.insteadOf) this.#deps.logger.warn("membership in another form than asked for", { ...form.insteadOf });
    const authorizer = createSfuAuthorizer(this.#deps, { roomId, slot, memberId: form.memberId, identity });
    return { form, authorizer };
  }
}
