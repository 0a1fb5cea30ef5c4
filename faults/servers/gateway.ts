import { setTimeout as sleep } from 'node:timers/promises';
import { startFluxgate, type FluxgateOptions } from '../../bench/contenders/fluxgate.ts';
import { freePort, type ServerProcess } from '../../bench/contenders/server-process.ts';
import { onRelease } from '../../bench/release.ts';
import { descendantsOf } from './child.ts';

/** As systemd does with `Restart=always`. */
const RESTART_AFTER_MS = 1_000;

/** A gateway that is started again whenever it ends, on the same port. */
export class Gateway {
  readonly url: string;
  readonly port: number;
  readonly #folder: string;
  readonly #options: FluxgateOptions;
  #process: ServerProcess | null = null;
  #starts = 0;
  #closed = false;
  #attended: Promise<void> = Promise.resolve();
  #wake = new AbortController();

  private constructor(folder: string, options: FluxgateOptions, port: number) {
    this.#folder = folder;
    this.#options = options;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @throws Error with what it said, where it does not come up at first. */
  static async start(folder: string, options: FluxgateOptions): Promise<Gateway> {
    const gateway = new Gateway(folder, options, await freePort());
    gateway.#process = await gateway.#launch();
    gateway.#attended = gateway.#attend();
    onRelease(() => gateway.#close());
    return gateway;
  }

  /** Once it serves; at once where it does. */
  async serves(): Promise<void> {
    while (!this.#process && !this.#closed) await sleep(50);
  }

  /** Drained, and back as soon as it can be: its database may be away. */
  async restart(): Promise<void> {
    const drained = this.#process;
    await drained?.stop();
    if (this.#process === drained) this.#process = null;
  }

  async kill(): Promise<void> {
    const killed = this.#process;
    await killed?.kill();
    if (this.#process === killed) this.#process = null;
  }

  /** Process ids of its workers. */
  workers(): number[] {
    return this.#process ? descendantsOf(this.#process.pid) : [];
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async #attend(): Promise<void> {
    while (!this.#closed) {
      await this.#process?.ended;
      this.#process = null;
      await sleep(RESTART_AFTER_MS, undefined, { signal: this.#wake.signal }).catch(() => undefined);
      if (this.#closed) return;
      this.#process = await this.#launch().catch(() => null); // it will be tried again
    }
  }

  #launch(): Promise<ServerProcess> {
    this.#starts += 1;
    const { name } = this.#options;
    return startFluxgate(
      { folder: this.#folder },
      { ...this.#options, name: `${name}-${this.#starts}`, port: this.port },
    );
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.#wake.abort();
    await this.#process?.kill();
    await this.#attended;
    await this.#process?.kill();
  }
}
