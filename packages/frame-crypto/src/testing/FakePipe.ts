import type { TransformPipe } from "../worker/FrameCryptoEngine.ts";
import type { EncodedFrame } from "../worker/messages.ts";

/** Both ends of a track in a worker, in the hands of a test. */
export class FakePipe implements TransformPipe {
  readonly transformId: string;
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
  /** Frames that the transform let through. */
  readonly passed: EncodedFrame[] = [];
  /** Key frames that the transform asked the other side for. */
  keyFrameRequests = 0;
  readonly keyFrames = {
    sendKeyFrameRequest: (): Promise<void> => {
      this.keyFrameRequests += 1;
      return Promise.resolve();
    },
  };
  readonly #input: WritableStreamDefaultWriter<EncodedFrame>;

  constructor(transformId: string) {
    this.transformId = transformId;
    const source = new TransformStream<EncodedFrame, EncodedFrame>();
    this.#input = source.writable.getWriter();
    this.readable = source.readable;
    this.writable = new WritableStream({ write: (frame) => void this.passed.push(frame) });
  }

  /** Resolves when the frame before it has been taken. */
  push(frame: EncodedFrame): Promise<void> {
    return this.#input.write(frame);
  }

  end(): Promise<void> {
    return this.#input.close();
  }
}
