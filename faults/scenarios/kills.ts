import { setTimeout as sleep } from 'node:timers/promises';
import { at, type Scenario } from '../scenario.ts';
import { signalProcess } from '../servers/child.ts';
import { STATEMENT_TIMEOUT_MS } from '../servers/postgres.ts';
import type { Loss } from '../servers/proxy.ts';
import type { Stage } from '../stage.ts';
import { loseRotations } from './rotations.ts';

/** A process ends without a word, or an answer does not come through. */
export const KILLS: readonly Scenario[] = [
  {
    name: 'worker-killed',
    fault: 'a worker killed, 50 times',
    how: 'SIGKILL to one of two workers of each gateway in turn, every 1.5 s',
    stage: { workers: 2 },
    goals: { longestMs: STATEMENT_TIMEOUT_MS + 2_000 },
    async inject({ gateways }, pace) {
      for (let nth = 0; nth < at(pace, 50, 5); nth++) {
        const [worker] = gateways[nth % 2 === 0 ? 0 : 1].workers();
        if (worker !== undefined) signalProcess(worker, 'SIGKILL');
        await sleep(1_500);
      }
    },
  },
  {
    name: 'gateway-killed',
    fault: 'a gateway killed, 50 times',
    how: 'SIGKILL to one and the other in turn, each once its neighbour is back',
    stage: {},
    quick: true,
    async inject({ gateways }, pace) {
      for (let nth = 0; nth < at(pace, 50, 4); nth++) {
        const gateway = gateways[nth % 2 === 0 ? 0 : 1];
        await gateway.kill();
        await gateway.serves();
      }
    },
  },
  {
    name: 'answers-dropped',
    fault: 'connection cut after the commit, before the answer, 500 times',
    how: "the proxy lets a third of the rotations through, and resets the connection in the answer's place",
    stage: { proxied: true },
    quick: true,
    inject: (stage, pace) => loseSome(stage, 'drop answer', at(pace, 500, 60)),
  },
  {
    name: 'queries-dropped',
    fault: 'connection cut before the commit, 500 times',
    how: 'the proxy resets the connection in the place of a third of the rotations',
    stage: { proxied: true },
    quick: true,
    inject: (stage, pace) => loseSome(stage, 'drop query', at(pace, 500, 60)),
  },
  {
    name: 'killed-after-commit',
    fault: 'gateway killed after the commit, before the answer, 30 times',
    how: 'the proxy drops the answer to a rotation, and the gateway that waits for it gets SIGKILL',
    stage: { proxied: true },
    inject: (stage, pace) => killAtRotation(stage, 'drop answer', at(pace, 30, 3)),
  },
  {
    name: 'killed-before-commit',
    fault: 'gateway killed before the commit, 30 times',
    how: 'the proxy drops a rotation, and the gateway that has sent it gets SIGKILL',
    stage: { proxied: true },
    inject: (stage, pace) => killAtRotation(stage, 'drop query', at(pace, 30, 3)),
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
