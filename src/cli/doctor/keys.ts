import type { EntityManager } from '@mikro-orm/postgresql';
import { describeKeys, unreadableKeys, type KeyDescription, type KeySecrets } from '../../domain/signing-keys/store.js';
import { failed, ok, warning, type Finding } from './finding.js';

const CHECK = 'signing keys';

/** Whether the secret opens them, and whether they are in the states in which `keys rotate` and `prune` leave them. */
export async function checkKeys(em: EntityManager, secrets: KeySecrets, clock: () => Date): Promise<Finding[]> {
  const keys = await describeKeys(em);
  if (keys.length === 0) return [ok(CHECK, 'none yet: the first start makes them')];
  const unreadable = await unreadableKeys(em, secrets);
  const findings = judgeKeys(keys, { unreadable, currentSecretId: secrets.current.id, now: clock() });
  return findings.length > 0 ? findings : [ok(CHECK, describe(keys))];
}

interface Circumstances {
  readonly unreadable: readonly string[];
  readonly currentSecretId: number;
  readonly now: Date;
}

function judgeKeys(keys: readonly KeyDescription[], { unreadable, currentSecretId, now }: Circumstances): Finding[] {
  const closed = keys.filter(({ kid, state }) => state !== 'retiring' && unreadable.includes(kid)); // these sign no more
  const former = keys.filter(({ kid, secretId }) => secretId !== currentSecretId && !unreadable.includes(kid));
  const overdue = keys.filter(({ state, retiresAt }) => state === 'retiring' && retiresAt !== null && retiresAt <= now);
  const findings: Finding[] = [];
  if (closed.length > 0)
    findings.push(
      failed(
        CHECK,
        `FLUXGATE_SECRET does not open ${named(closed)}: it is not the secret that this database was made with`,
        'set the secret used before, or name it in FLUXGATE_SECRET_PREVIOUS',
      ),
    );
  if (former.length > 0)
    findings.push(warning(CHECK, `only FLUXGATE_SECRET_PREVIOUS opens ${named(former)}`, 'run `fluxgate keys rewrap`'));
  if (!keys.some(({ state }) => state === 'current'))
    findings.push(failed(CHECK, 'no key signs', 'start a gateway: it makes one'));
  if (!keys.some(({ state }) => state === 'next'))
    findings.push(
      warning(
        CHECK,
        'no key is published as the next one: `fluxgate keys rotate` has none to go on with',
        'restore it from a back-up',
      ),
    );
  if (overdue.length > 0)
    findings.push(
      warning(
        CHECK,
        `${named(overdue)} verified its last token long ago and is still published`,
        'run `fluxgate keys prune`',
      ),
    );
  return findings;
}

function describe(keys: readonly KeyDescription[]): string {
  return keys.map(({ kid, algorithm, state }) => `${kid} (${algorithm}, ${state})`).join(', ');
}

function named(keys: readonly KeyDescription[]): string {
  return keys.map(({ kid }) => kid).join(', ');
}
