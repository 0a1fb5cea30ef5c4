import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly timeoutMs: number;
}

export interface HttpReply {
  /** 0: there was no answer, and `error` says why. */
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly setCookies: readonly string[];
  readonly body: string;
  readonly error: string;
}

/** What the network thread is started with. */
export interface NetworkThread {
  readonly port: MessagePort;
  /** Set to 1 and woken when an answer has been posted. */
  readonly answered: Int32Array<SharedArrayBuffer>;
}

export interface Network {
  /** Waits for the answer, as k6's http functions do. */
  roundTrip(request: HttpRequest): HttpReply;
  close(): Promise<void>;
}

/** Beyond a request's own time-out; only a network thread that has died takes longer. */
const MARGIN_MS = 5_000;

/** HTTP that blocks: a thread of its own does the request while the script's thread waits. */
export function openNetwork(): Network {
  const { port1, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData = { port: port2, answered } satisfies NetworkThread;
  const thread = new Worker(new URL('./network-thread.ts', import.meta.url), { workerData, transferList: [port2] });

  return {
    roundTrip(request) {
      Atomics.store(answered, 0, 0);
      port1.postMessage(request);
      Atomics.wait(answered, 0, 0, request.timeoutMs + MARGIN_MS);
      const received = receiveMessageOnPort(port1) as { message: HttpReply } | undefined;
      if (!received) throw new Error('the network thread did not answer');
      return received.message;
    },
    async close() {
      port1.close();
      await thread.terminate();
    },
  };
}
