import type { ServerProcess } from '../contenders/server-process.ts';
import { graphql } from '../contenders/fluxgate-accounts.ts';
import { createSender, type Sender } from '../load/send.ts';
import { mainThreadMs } from './process-usage.ts';

const FIRST_SEEN = 200;
const EACH_HOSTILE = 20;

/** What a client's account page asks for. Anonymous, so that what it costs is the document and not the database. */
const ACCOUNT_PAGE = `{
  authConfig { __typename }
  me { id email emailVerified name userType roles createdAt }
  session { id status isCurrent deviceName ipAddress createdAt lastUsedAt expiresAt device { id name browser os } } }`;

/** @returns milliseconds of event loop for one request whose document this server has never seen. */
export async function firstSeenDocumentMs(server: ServerProcess): Promise<number> {
  const run = process.hrtime.bigint().toString(36);
  return eventLoopMs(server, FIRST_SEEN, async (sender, nth) => {
    const { status, body } = await sender.send(graphql(`query Page_${run}_${nth} ${ACCOUNT_PAGE}`));
    if (status !== 200) throw new Error(`a first-seen document was refused: ${status} ${body}`);
  });
}

/** @returns milliseconds of event loop for the worst of documents that are made to cost much; each is refused. */
export async function worstHostileDocumentMs(server: ServerProcess): Promise<number> {
  let worstMs = 0;
  for (const [name, query] of Object.entries(HOSTILE)) {
    const perRequestMs = await eventLoopMs(server, EACH_HOSTILE, async (sender, nth) => {
      const { status, body } = await sender.send(graphql(`${query} #${nth}`));
      if (status === 200 && !body.includes('"errors"'))
        throw new Error(`${name} was not refused: ${body.slice(0, 300)}`);
    });
    worstMs = Math.max(worstMs, perRequestMs);
  }
  return worstMs;
}

const times = (count: number, text: (nth: number) => string) =>
  Array.from({ length: count }, (_, nth) => text(nth)).join(' ');

/** By what they aim at; all within the size that a body may have. */
const HOSTILE: Readonly<Record<string, string>> = {
  'one alias for many fields': `{ ${times(140, (nth) => `a: ${nth % 2 ? 'me' : 'session'} { id }`)} }`,
  'one alias with many arguments': `{ ${times(80, (nth) => `a: securityEvents(first: ${nth}) { __typename }`)} }`,
  'overlapping fragments': `{ ${times(30, (nth) => `...F${nth}`)} } ${times(30, (nth) => `fragment F${nth} on Query { a: me { id } b: me { name } c: me { x${nth}: id } }`)}`,
  'fragments that double': `{ ...F0 } ${times(40, (nth) => `fragment F${nth} on Query { ...F${nth + 1} ...F${nth + 1} }`)} fragment F40 on Query { nothing }`,
  'names that are nearly right': `{ ${times(290, (nth) => `sesion${nth}`)} }`,
  'deep nesting': `{ me ${'{ me '.repeat(140)}${'}'.repeat(140)} }`,
  'many directives': `{ me ${times(280, () => '@a')} { id } }`,
  'many sign-ins': `mutation { ${times(30, (nth) => `m${nth}: login(input: { email: "a@bench.example", password: "p" }) { __typename }`)} }`,
  'deep lists': `{ securityEvents(first: ${'['.repeat(290)}${']'.repeat(290)}) { __typename } }`,
  'sixteen kibibytes of braces': '{'.repeat(15_000),
};

async function eventLoopMs(
  server: ServerProcess,
  requests: number,
  send: (sender: Sender, nth: number) => Promise<void>,
): Promise<number> {
  const sender = createSender(server.url, 1);
  await send(sender, requests); // opens the connection
  const startedMs = performance.now();
  const usedMs = await mainThreadMs(server.pid);
  for (let nth = 0; nth < requests; nth++) await send(sender, nth);
  const usedAtEndMs = await mainThreadMs(server.pid);
  sender.close();
  const spentMs = usedMs === null || usedAtEndMs === null ? performance.now() - startedMs : usedAtEndMs - usedMs;
  return spentMs / requests;
}
