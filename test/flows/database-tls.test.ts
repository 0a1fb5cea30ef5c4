import { readConfig } from '../../src/config.js';
import { examineDatabase } from '../../src/cli/doctor/examine-database.js';
import { migrateUp } from '../../src/storage/migrations.js';
import { requireUsable } from '../../src/storage/requirements.js';
import { createEmbeddedHome, type EmbeddedHome } from '../support/embedded-home.js';
import { eventually } from '../support/eventually.js';
import { AUTHORITY_FILE, letIn, offerTls } from '../support/tls-server.js';

const config = readConfig({});
const ANYBODY = 'host all all 127.0.0.1/32 scram-sha-256';
const ONLY_TLS = 'hostssl all all 127.0.0.1/32 scram-sha-256';

let home: EmbeddedHome;
let adminUrl: string;
beforeAll(async () => {
  home = await createEmbeddedHome();
  adminUrl = (await home.start()).url;
  await migrateUp({ url: adminUrl, setting: 'DATABASE_URL' });
});
afterAll(() => home.remove());

function urlWith(parameters: Record<string, string>): string {
  const url = new URL(adminUrl);
  url.hostname = 'localhost';
  url.search = new URLSearchParams(parameters).toString();
  return url.href;
}

const verified = () => urlWith({ sslmode: 'verify-full', sslrootcert: AUTHORITY_FILE });
const plain = () => urlWith({ sslmode: 'disable' });

async function refusal(url: string): Promise<string | null> {
  return requireUsable({ url, setting: 'DATABASE_URL' }, config).then(
    () => null,
    (error: Error) => error.message,
  );
}

/** A server applies its configuration a moment after it was told to. */
async function eventuallySays(url: string, expected: RegExp | null): Promise<void> {
  await eventually(
    () => refusal(url),
    (said) => (expected === null ? said === null : expected.test(said ?? '')),
  );
}

describe('TLS to the database', () => {
  it('is one sentence where the server offers none', async () => {
    expect(await refusal(verified())).toBe(
      `The database fluxgate at localhost:${new URL(adminUrl).port} cannot be used: it offers no TLS: turn ssl on there, ` +
        'or take sslmode out of DATABASE_URL where nobody can listen on the way.',
    );
  });

  it('is used and its certificate checked with sslmode=verify-full and the authority’s file', async () => {
    await offerTls(adminUrl, 'localhost');
    await eventuallySays(verified(), null);
    expect(await tlsFinding(verified())).toEqual({
      check: 'database TLS',
      outcome: 'ok',
      saw: 'TLSv1.3, and the certificate is checked',
      advice: null,
    });
  });

  it('is not trusted without the authority’s file, and doctor warns of whoever does not look', async () => {
    expect(await refusal(urlWith({ sslmode: 'verify-full' }))).toMatch(
      /its certificate is not trusted \(.*\): name the file of its authority with sslrootcert in DATABASE_URL\.$/,
    );
    expect(await tlsFinding(urlWith({ sslmode: 'no-verify' }))).toMatchObject({
      outcome: 'warning',
      saw: expect.stringContaining('the certificate is not checked'),
    });
  });

  it('says which file cannot be read', async () => {
    expect(await refusal(urlWith({ sslmode: 'verify-full', sslrootcert: '/no/such/file.pem' }))).toMatch(
      /a file that DATABASE_URL names cannot be read \(ENOENT.*\/no\/such\/file\.pem'\)\.$/,
    );
  });

  it('may be left out only where the server allows that', async () => {
    expect(await refusal(plain())).toBeNull();
    expect(await tlsFinding(plain())).toMatchObject({ outcome: 'ok', saw: expect.stringContaining('none needed') });

    await letIn(adminUrl, ONLY_TLS);
    await eventuallySays(
      plain(),
      /it lets fluxgate in from here over TLS or not at all: add sslmode=verify-full to the URL, or a line to pg_hba\.conf\.$/,
    );
    expect(await refusal(verified())).toBeNull();

    await letIn(verified(), ANYBODY);
    await eventuallySays(plain(), null);
  });

  it('is refused for a certificate of another host', async () => {
    await offerTls(adminUrl, 'elsewhere');
    await eventuallySays(
      verified(),
      /its certificate is for another host: name the host in DATABASE_URL as the certificate does\.$/,
    );
  });
});

async function tlsFinding(url: string) {
  const findings = await examineDatabase({ url, setting: 'DATABASE_URL' }, { ...config, databaseUrl: url }, null);
  return findings.find(({ check }) => check === 'database TLS');
}
