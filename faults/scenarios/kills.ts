import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import { signalProcess } from '../servers/child.ts';
import { STATEMENT_TIMEOUT_MS } from '../servers/postgres.ts';
import type { Loss } from '../servers/proxy.ts';
import type { Stage } from '../stage.ts';
import { loseRotations } from './rotations.ts';

/** A process ends without a word, or an answer does not come through. */
export const KILLS: readonly Scenario[] = [
  {
    name: 'worker-killed',
    fault: 'a worker killed, {size} times',
    size: { full: 50, quick: 5 },
    how: 'SIGKILL to one of two workers of each gateway in turn, every 1.5 s',
    stage: { workers: 2 },
    goals: { longestMs: STATEMENT_TIMEOUT_MS + 2_000 },
    async inject({ gateways }, size) {
      for (let nth = 0; nth < size; nth++) {
        const [worker] = gateways[nth % 2 === 0 ? 0 : 1].workers();
        if (worker !== undefined) signalProcess(worker, 'SIGKILL');
        await sleep(1_500);
      }
    },
  },
  {
    name: 'gateway-killed',
    fault: 'a gateway killed, {size} times',
    size: { full: 50, quick: 4 },
    how: 'SIGKILL to one and the other in turn, each once its neighbour is back',
    stage: {},
    quick: true,
    async inject({ gateways }, size) {
      for (let nth = 0; nth < size; nth++) {
        const gateway = gateways[nth % 2 === 0 ? 0 : 1];
        await gateway.kill();
        await gateway.serves();
      }
    },
  },
  {
    name: 'answers-dropped',
    fault: 'connection cut after the commit, before the answer, {size} times',
    size: { full: 500, quick: 60 },
    how: "the proxy lets a third of the rotations through, and resets the connection in the answer's place",
    stage: { proxied: true },
    quick: true,
    inject: (stage, size) => loseSome(stage, 'drop answer', size),
  },
  {
    name: 'queries-dropped',
    fault: 'connection cut before the commit, {size} times',
    size: { full: 500, quick: 60 },
    how: 'the proxy resets the connection in the place of a third of the rotations',
    stage: { proxied: true },
    quick: true,
    inject: (stage, size) => loseSome(stage, 'drop query', size),
  },
  {
    name: 'killed-after-commit',
    fault: 'gateway killed after the commit, before the answer, {size} times',
    size: { full: 30, quick: 3 },
    how: 'the proxy drops the answer to a rotation, and the gateway that waits for it gets SIGKILL',
    stage: { proxied: true },
    inject: (stage, size) => killAtRotation(stage, 'drop answer', size),
  },
  {
    name: 'killed-before-commit',
    fault: 'gateway killed before the commit, {size} times',
    size: { full: 30, quick: 3 },
    how: 'the proxy drops a rotation, and the gateway that has sent it gets SIGKILL',
    stage: { proxied: true },
    inject: (stage, size) => killAtRotation(stage, 'drop query', size),
  },
];

async function loseSome({ ways }: Stage, loss: Loss, times: number): Promise<string> {
  const lost = await loseRotations(ways, loss, 1 / 3, times);
  for (const way of ways) way.heal();
  return `${lost} statements`;
}

async function killAtRotation({ ways, gateways }: Stage, loss: Loss, times: number): Promise<void> {
  for (let nth = 0; nth < times; nth++) {
    const which = nth % 2 === 0 ? 0 : 1;
    const way = ways[which]!;
    await loseRotations([way], loss, 1, 1);
    await gateways[which].kill();
    way.heal();
    await gateways[which].serves();
  }
}
