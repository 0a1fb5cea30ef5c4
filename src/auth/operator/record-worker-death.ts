import { recordEvents } from '../../domain/security-event.js';
import type { Deps } from '../deps.js';

export interface WorkerDeath {
  readonly pid: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** A process that served has died unasked: for auditors, who want to know why. Recorded by the one that replaces it. */
export async function recordWorkerDeath({ em }: Pick<Deps, 'em'>, death: WorkerDeath): Promise<void> {
  await recordEvents(em, { ip: null, userAgent: null }, [{ type: 'worker.died', details: { ...death } }]);
}
