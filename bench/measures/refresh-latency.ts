import type { FluxgateLoad } from '../contenders/fluxgate-load.ts';
import type { ServerProcess } from '../contenders/server-process.ts';
import { driveClosedLoop } from '../load/closed-loop.ts';
import { driveOpenLoop } from '../load/open-loop.ts';
import { createSender } from '../load/send.ts';
import { percentile } from '../statistics.ts';

export interface LatencyOptions {
  readonly arrivalsPerSecond: number;
  readonly warmUpSeconds: number;
  readonly measureSeconds: number;
}

/** @returns the 99th percentile of a refresh's latency, in milliseconds, at a fixed rate of arrivals. */
export async function refreshP99Ms(
  server: ServerProcess,
  { rotating }: FluxgateLoad,
  options: LatencyOptions,
): Promise<number> {
  const sender = createSender(server.url, rotating.length);
  let arrivals = 0;
  const latenciesMs = await driveOpenLoop({
    ...options,
    arrive: async () => rotating[arrivals++ % rotating.length]?.refresh(sender),
  });
  sender.close();
  return percentile(latenciesMs, 99);
}

/** The same while as many clients as ever sign in, one after the other, so that hashing is never idle. */
export async function busyRefreshP99Ms(
  server: ServerProcess,
  load: FluxgateLoad,
  options: LatencyOptions,
): Promise<number> {
  const [p99Ms] = await Promise.all([
    refreshP99Ms(server, load, options),
    driveClosedLoop({ url: server.url, conversations: load.login(), ...options }),
  ]);
  return p99Ms;
}
