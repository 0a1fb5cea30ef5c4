import { loginRequest } from '../contenders/fluxgate-accounts.ts';
import type { ServerProcess } from '../contenders/server-process.ts';
import { requireProof } from '../load/conversation.ts';
import { createSender } from '../load/send.ts';
import { median } from '../statistics.ts';

/**
 * Wrong passwords for an address that has an account and for addresses that have none, in turn, one at a time: what an
 * outsider could tell them apart by.
 *
 * @returns median milliseconds of each.
 */
export async function timeRefusedSignIns(
  server: ServerProcess,
  knownEmails: readonly string[],
  tries: number,
): Promise<{ knownMs: number; unknownMs: number }> {
  const sender = createSender(server.url, 1);
  async function tryMs(email: string): Promise<number> {
    const startedMs = performance.now();
    const { status, body } = await sender.send(loginRequest(email, 'not-the-password-7'));
    const tookMs = performance.now() - startedMs;
    requireProof(status, body, '"InvalidCredentials"');
    return tookMs;
  }
  const known: number[] = [];
  const unknown: number[] = [];
  for (let nth = 0; nth < tries; nth++) {
    known.push(await tryMs(knownEmails[nth % knownEmails.length] ?? ''));
    unknown.push(await tryMs(`nobody-${nth % knownEmails.length}@bench.example`));
  }
  sender.close();
  return { knownMs: median(known), unknownMs: median(unknown) };
}
