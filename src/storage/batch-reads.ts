import DataLoader from 'dataloader';
import { within } from './within.js';

/** A connection that has gone silent holds up nobody but those whose statement it took. */
const PATIENCE_MS = 1_000;

/**
 * Reads rows by key with one statement in the air at a time: who asks meanwhile shares the next one. Every caller reads
 * what was committed when it asked, because it only ever joins a statement that has not been sent yet. Nothing is kept.
 *
 * @param load one statement for several keys; when it fails, it fails for all who share it.
 * @returns null for a key without a row.
 */
export function batchReads<Row>(
  load: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
): (key: string) => Promise<Row | null> {
  let answered: Promise<unknown> = Promise.resolve();
  const loader = new DataLoader<string, Row | null>(
    async (keys) => {
      const loading = load([...new Set(keys)]);
      answered = within(PATIENCE_MS, loading).catch(() => undefined);
      const rows = await loading;
      return keys.map((key) => rows.get(key) ?? null);
    },
    // After the requests that have just arrived have been read: they share it too.
    { cache: false, batchScheduleFn: (send) => void answered.then(() => setImmediate(send)) },
  );
  return (key) => loader.load(key);
}
