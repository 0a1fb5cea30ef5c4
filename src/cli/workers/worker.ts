import { createApp } from '../../app.js';
import { StartupError } from '../../errors.js';
import type { Channel } from '../../storage/rate-limit/remote.js';
import { runCommand, type Given } from '../run-command.js';
import { isToWorker, type FromWorker, type ToWorker } from './messages.js';

/** The primary, as this process reaches it. When it dies, so does this process: node:cluster sees to that. */
const primary: Channel = {
  send: (message, sent) => process.send?.(message, undefined, undefined, sent),
  on: (event, listener) => process.on(event, listener),
};

/** Serves where the primary says, until it says to stop. */
export async function serveAsWorker(): Promise<void> {
  try {
    await runCommand(serve, 'stdout');
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    onMessage(({ primary: wish }) => {
      if (wish === 'drain') process.exit(1); // not before: its last words might be lost with it
    });
    await tell({ worker: 'failed', why: error.message });
  }
}

async function serve({ config, log, shutdown }: Given): Promise<void> {
  onMessage(({ primary: wish }) => {
    if (wish === 'drain') void shutdown.release().then(() => process.exit(0));
  });
  const { site, replaces } = await askWhere();
  const { port, ...resolved } = site;

  const app = await createApp({ ...config, port }, { ...resolved, primary }, log);
  shutdown.onRelease(() => app.close());
  await app.listen();
  if (replaces) await app.recordWorkerDeath(replaces).catch((error: unknown) => log.error({ err: error }, 'no event'));
  await tell({ worker: 'ready' });
}

function askWhere(): Promise<Extract<ToWorker, { primary: 'serve' }>> {
  return new Promise((resolve) => {
    onMessage((message) => {
      if (message.primary === 'serve') resolve(message);
    });
    void tell({ worker: 'starting' });
  });
}

function onMessage(listener: (message: ToWorker) => void): void {
  primary.on('message', (message) => {
    if (isToWorker(message)) listener(message);
  });
}

/** Sent, or not to be sent any more. */
function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => primary.send(message, () => resolve()));
}
