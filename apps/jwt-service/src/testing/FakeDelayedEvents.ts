import type { DelayedAnswer, DelayedCall, DelayedEvents } from "../leave/ports.ts";

/** A homeserver's delayed events: notes each call and answers as the test says. */
export class FakeDelayedEvents implements DelayedEvents {
  readonly calls: DelayedCall[] = [];
  isKnown = true;
  answer: (call: DelayedCall) => Promise<DelayedAnswer> = () => Promise.resolve({ is: "done" });

  canReach(): Promise<boolean> {
    return Promise.resolve(this.isKnown);
  }

  act(call: DelayedCall): Promise<DelayedAnswer> {
    this.calls.push(call);
    return this.answer(call);
  }

  /** What was asked for one event, in order. */
  actionsOf(delayId: string): readonly string[] {
    return this.calls.filter((call) => call.delayId === delayId).map(({ action }) => action);
  }
}
