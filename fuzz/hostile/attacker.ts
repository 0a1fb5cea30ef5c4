import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { exchange } from '../http/exchange.ts';
import { faultOf } from '../judge/answer.ts';
import {
  HOSTILE_KINDS,
  READYZ,
  READYZ_AT_ONCE,
  UNREAD_CONNECTIONS,
  UNREAD_REQUESTS_EACH,
  type HostileKind,
} from './kinds.ts';
import { FAULT } from './verdict.ts';

/** In a thread of its own, so that its work does not make an honest client look slow. */
export interface AttackOptions {
  readonly url: string;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly accessTokens: readonly string[];
}

/** How requests ended, by kind: `documents of comments: 400` and so on. */
export type AttackCounts = Readonly<Record<string, number>>;

const { url, requests, requestsPerSecond, accessTokens } = workerData as AttackOptions;
const counts: Record<string, number> = {};
const readyzAtOnce = Math.min(READYZ_AT_ONCE, Math.floor(requests / 10));
const unreadConnections = Math.min(UNREAD_CONNECTIONS, Math.floor(requests / 250));

parentPort?.postMessage(await attack());

async function attack(): Promise<AttackCounts> {
  const unread = await leaveUnread();
  const single = requests - readyzAtOnce - unreadConnections * UNREAD_REQUESTS_EACH;
  const open: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let nth = 0; nth < single; nth++) {
    const earlyMs = startedMs + (nth * 1000) / requestsPerSecond - performance.now();
    if (earlyMs > 0) await sleep(earlyMs);
    open.push(sendOne(kindOf(nth), nth));
    if (nth === Math.floor(single / 2)) open.push(...Array.from({ length: readyzAtOnce }, askReadyz));
  }
  await Promise.all(open);
  for (const socket of unread) socket.destroy();
  return counts;
}

/** In the proportions of the table, spread out evenly. */
function kindOf(nth: number): HostileKind {
  const total = HOSTILE_KINDS.reduce((sum, { perThousand }) => sum + perThousand, 0);
  let place = (nth * 389) % total; // 389 is a prime: every place once in `total`
  for (const kind of HOSTILE_KINDS) if ((place -= kind.perThousand) < 0) return kind;
  throw new Error('the shares do not add up');
}

async function sendOne(kind: HostileKind, nth: number): Promise<void> {
  const accessToken = accessTokens[nth % accessTokens.length] ?? '';
  const answer = await exchange(url, kind.bytes({ accessToken, nth }), true);
  // A body that is too large may be cut off before its answer is read.
  const fault = faultOf({ isWhole: true, mayBeCutOff: true }, answer);
  count(kind.name, fault === null ? answer.status || answer.end : `${FAULT} ${fault}`);
}

async function askReadyz(): Promise<void> {
  const answer = await exchange(url, READYZ, true);
  count(`${readyzAtOnce} readyz at once`, answer.status || answer.end);
}

/** Asks for the largest files there are, again and again, and takes not a byte: the connections stay for the whole attack. */
async function leaveUnread(): Promise<Socket[]> {
  const page = await (await fetch(`${url}/account`)).text();
  const file = /(?:src|href)="([^"]+\.js)"/.exec(page)?.[1] ?? '/account';
  const asked = `GET ${file} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(UNREAD_REQUESTS_EACH);
  const { hostname, port } = new URL(url);
  return Array.from({ length: unreadConnections }, () => {
    const socket = connect({ port: Number(port), host: hostname }, () => socket.write(asked));
    socket.on('error', () => undefined);
    socket.pause();
    count('answers that nobody reads', 'asked', UNREAD_REQUESTS_EACH);
    return socket;
  });
}

function count(kind: string, how: string | number, times = 1): void {
  const key = `${kind}: ${how}`;
  counts[key] = (counts[key] ?? 0) + times;
}
