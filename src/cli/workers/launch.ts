import cluster, { type Worker } from 'node:cluster';
import { StartupError } from '../../errors.js';
import { isFromWorker, type Death, type Site, type ToWorker } from './messages.js';

/** To one that may have gone by now. */
export function tell(worker: Worker, message: ToWorker): void {
  worker.send(message, () => undefined);
}

/**
 * Forks a worker, one of `size`.
 *
 * @param onFork told of it before anything is awaited.
 * @returns once it serves.
 * @throws StartupError when it cannot, or ends before it does.
 */
export async function launchWorker(
  { site, size }: { readonly site: Site; readonly size: number },
  replaces: Death | null,
  onFork: (worker: Worker) => void,
): Promise<Worker> {
  // Whoever has said how many there are: by their number they share out the cores.
  const worker = cluster.fork({ FLUXGATE_WORKERS: String(size) });
  worker.on('error', () => undefined); // of its channel, once it has gone: its exit is what counts
  onFork(worker);
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: unknown) => {
      if (!isFromWorker(message)) return;
      if (message.worker === 'starting') tell(worker, { primary: 'serve', site, replaces });
      else if (message.worker === 'ready') resolve();
      else {
        tell(worker, { primary: 'drain' });
        reject(new StartupError(message.why));
      }
    });
    worker.once('exit', (code: number | null, signal: string | null) =>
      reject(new StartupError(`A worker ended before it was ready (${signal ?? `exit code ${code}`}).`)),
    );
  });
  return worker;
}
