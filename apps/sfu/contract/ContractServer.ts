/** A server that the contract is held to: ours or the real one, on loopback. Makes rooms on the first join. */
export interface ContractServer {
  /** `ws://host:port`. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}
