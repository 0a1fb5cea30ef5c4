import { randomUUID } from 'node:crypto';
import { runCommand, type CommandEnd } from '../support/fluxgate-command.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { createImportFiles, type ImportFiles } from '../support/import-files.js';
import { oldRefreshToken, sha256 } from '../support/imported-tokens.js';
import { refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

let gateway: Gateway;
let files: ImportFiles;
let ann: SignedIn;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
  files = createImportFiles();
  ann = await signUp(gateway);
});
afterAll(async () => {
  files.remove();
  await gateway.close();
});

const IN_A_DAY = new Date(Date.now() + 86_400_000).toISOString();

/** What the earlier server's export says of one sign-in. */
function exported(token: string, change: Record<string, unknown> = {}): string {
  const line = { tokenSha256: sha256(token).toString('hex'), userId: ann.user.id, expiresAt: IN_A_DAY, ...change };
  return `${JSON.stringify(line)}\n`;
}

async function importSessions(...lines: string[]): Promise<CommandEnd & { reasons: string[] }> {
  const path = await files.write('sessions.jsonl', lines.join(''));
  const end = await runCommand(['sessions', 'import', path], { databaseUrl: gateway.databaseUrl });
  const report = (await files.report(`${path}.refused.jsonl`)) ?? [];
  return { ...end, reasons: report.map(({ line, reason }) => `${line}: ${reason}`) };
}

const NOT_A_DIGEST = 'tokenSha256 is not a SHA-256 in 64 hexadecimal characters';
const NOT_A_DATE = 'expiresAt is not a date and time with a time zone (ISO 8601)';
const NOT_A_NAME = 'deviceName is not a name of 1 to 64 characters';

describe('fluxgate sessions import', () => {
  it('imports the good lines, and says of every other why not', async () => {
    const [first, second] = [oldRefreshToken(), oldRefreshToken()];
    const { code, stdout, stderr, reasons } = await importSessions(
      exported(first, { deviceName: 'Kitchen tablet' }),
      exported(oldRefreshToken(), { tokenSha256: first }),
      exported(oldRefreshToken(), { tokenSha256: 'g'.repeat(64) }),
      exported(oldRefreshToken(), { tokenSha256: null }),
      exported(oldRefreshToken(), { userId: 'ann' }),
      exported(oldRefreshToken(), { userId: randomUUID() }),
      exported(oldRefreshToken(), { expiresAt: '2026-02-30T00:00:00Z' }),
      exported(oldRefreshToken(), { expiresAt: '1' }),
      exported(oldRefreshToken(), { expiresAt: '2020-01-01T00:00:00Z' }),
      exported(oldRefreshToken(), { deviceName: 7 }),
      exported(oldRefreshToken(), { deviceName: 'x'.repeat(65) }),
      exported(first),
      exported(second).slice(0, 50) + '\n',
      exported(second, { userId: ann.user.id.toUpperCase(), deviceName: null }),
    );
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(stdout).toContain('14 lines read: 2 imported, 1 already there, 11 refused.\n');
    expect(reasons).toEqual([
      `2: ${NOT_A_DIGEST}`,
      `3: ${NOT_A_DIGEST}`,
      `4: ${NOT_A_DIGEST}`,
      '5: userId is not a UUID',
      '6: unknown user',
      `7: ${NOT_A_DATE}`,
      `8: ${NOT_A_DATE}`,
      '9: expiresAt has passed',
      `10: ${NOT_A_NAME}`,
      `11: ${NOT_A_NAME}`,
      '13: not JSON: is the line cut off?',
    ]);
    for (const token of [first, second]) expect((await refreshWith(gateway, token)).outcome).toBe('ROTATED');
  });

  it('keeps nothing to present: whoever reads the table has digests', async () => {
    const token = oldRefreshToken();
    await importSessions(exported(token));
    const rows = await gateway.sql<{ digest: Buffer }>('select * from imported_refresh_tokens');
    expect(JSON.stringify(rows.map((row) => ({ ...row, digest: row.digest.toString('hex') })))).not.toContain(token);
    for (const { digest } of rows) {
      const hex = digest.toString('hex');
      for (const presented of [hex, hex + hex, `fgr_${digest.toString('base64url')}`])
        expect((await refreshWith(gateway, presented)).code).toBe('INVALID_REFRESH_TOKEN');
    }
  });

  it('changes nothing of what is there when it is run again: exchanged tokens stay exchanged', async () => {
    const [exchanged, waiting] = [oldRefreshToken(), oldRefreshToken()];
    const lines = [exported(exchanged), exported(waiting)];
    await importSessions(...lines);
    const { session } = await refreshWith(gateway, exchanged);

    const again = await importSessions(...lines, exported(oldRefreshToken()));
    expect([again.code, again.stdout]).toEqual([0, '3 lines read: 1 imported, 2 already there, 0 refused.\n']);
    expect(await refreshWith(gateway, exchanged)).toMatchObject({ outcome: 'REPLAYED', session });
    expect((await refreshWith(gateway, waiting)).outcome).toBe('ROTATED');
  });

  it('does not bring back what its user has ended meanwhile', async () => {
    const token = oldRefreshToken();
    const bob = await signUp(gateway);
    const line = exported(token, { userId: bob.user.id });
    await importSessions(line);
    await gateway.gql('mutation { revokeAll { __typename } }', {}, bearer(bob.accessToken));

    const ended = { code: 'SESSION_ENDED', reason: 'REVOKED_BY_USER' };
    expect(await refreshWith(gateway, token)).toMatchObject(ended);
    expect((await importSessions(line)).stdout).toBe('1 line read: 0 imported, 1 already there, 0 refused.\n');
    expect(await refreshWith(gateway, token)).toMatchObject(ended);
  });

  it('keeps nothing in a dry run', async () => {
    const token = oldRefreshToken();
    const path = await files.write('dry.jsonl', exported(token));
    const end = await runCommand(['sessions', 'import', path, '--dry-run'], { databaseUrl: gateway.databaseUrl });
    expect(end).toEqual({
      code: 0,
      stdout: '1 line read: 1 would be imported (dry run: nothing was kept), 0 already there, 0 refused.\n',
      stderr: '',
    });
    expect((await refreshWith(gateway, token)).code).toBe('INVALID_REFRESH_TOKEN');
  });
});
