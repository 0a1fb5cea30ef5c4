import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { SETTINGS } from '../../src/config.js';
import { dockerfileProblems } from '../support/dockerfile-rules.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string) => readFileSync(join(root, path), 'utf8');

interface Service {
  readonly image: string;
  readonly secrets?: readonly string[];
  readonly networks?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

describe('Dockerfile', () => {
  const dockerfile = text('Dockerfile');

  it('is well-formed, stands on a version, runs without privileges, is watched, and holds no secret', () => {
    expect(dockerfileProblems(dockerfile)).toEqual([]);
  });

  it.each([
    ['FROM node:26.10.0-bookworm-slim', 'FROM node:latest', /node:latest is no version/],
    ['FROM node:26.10.0-bookworm-slim', 'FROM node', /^node is no version/],
    ['WORKDIR /app', 'WORKDIR app', /should be absolute/],
    ['USER 1000:1000', 'USER root', /root, or a name/],
    ['USER 1000:1000', 'USER 0', /root, or a name/],
    ['USER 1000:1000\n', '', /USER is missing/],
    ['STOPSIGNAL SIGTERM', '', /STOPSIGNAL is missing/],
    [/^HEALTHCHECK .*\n.*\n/m, '', /HEALTHCHECK is missing/],
    ['ENTRYPOINT ["node", "dist/src/main.js"]', 'ENTRYPOINT node dist/src/main.js', /ENTRYPOINT starts a shell/],
    ['CMD ["serve"]', 'CMD serve', /CMD starts a shell/],
    ['ENV NODE_ENV=production', 'ENV FLUXGATE_SECRET=hunter2', /stays in the image/],
    ['COPY --from=build /build/dist ./dist', 'COPY . .', /ships whatever lies about/],
    ['COPY --from=build /build/dist ./dist', 'ADD dist ./dist', /use COPY/],
    ['EXPOSE 4000', 'COPY bin ./bin', /after USER/],
    ['EXPOSE 4000', 'RUN apt-get install curl', /lists of apt-get stay/],
    ['EXPOSE 4000', 'EXPOSE http', /Invalid containerPort/],
  ])('is checked: not %s, but %s', (right, wrong, problem) => {
    expect(dockerfile).toMatch(right);
    expect(dockerfileProblems(dockerfile.replace(right, wrong)).join('\n')).toMatch(problem);
  });
});

describe('compose.yaml', () => {
  const { services, networks, secrets } = parse(text('compose.yaml'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly networks: Readonly<Record<string, object>>;
    readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  };

  it.each(['gateway', 'migrate', 'valkey'])('gives %s nothing that it does not need', (name) => {
    const restrictions = { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] };
    expect(services[name]).toMatchObject(restrictions);
  });

  it('starts one after the other, by health', () => {
    expect(services['gateway']?.depends_on).toEqual({
      postgres: { condition: 'service_healthy' },
      valkey: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    });
  });

  it('lets nobody but the gateway reach what it stands on', () => {
    const onNetwork = (name: string) =>
      Object.keys(services).filter((service) => services[service]?.networks?.includes(name));
    expect([networks['database'], networks['limits']]).toEqual([{ internal: true }, { internal: true }]);
    expect([onNetwork('database'), onNetwork('limits')]).toEqual([
      ['postgres', 'migrate', 'gateway'],
      ['valkey', 'gateway'],
    ]);
  });

  it('pins every image', () => {
    for (const { image } of Object.values(services)) expect(image).toMatch(/^[\w./-]+:\d+\.\d+[\w.-]*$/);
  });

  it('hands secrets over as files, each of which make-secrets.sh makes', () => {
    const script = text('deploy/docker/make-secrets.sh');
    const used = new Set(Object.values(services).flatMap((service) => service.secrets ?? []));
    expect([...used].sort()).toEqual(Object.keys(secrets).sort());
    for (const name of used) expect(script).toContain(name);
    const settings = Object.values(services).flatMap(({ environment = {} }) => Object.entries(environment));
    const secret = settings.filter(([name]) => /SECRET|PASSWORD|DATABASE_URL|REDIS_URL/.test(name));
    expect(secret.filter(([name, value]) => !name.endsWith('_FILE') || !value.startsWith('/run/secrets/'))).toEqual([]);
  });
});

describe('deploy/systemd/fluxgate.service', () => {
  const unit = [...text('deploy/systemd/fluxgate.service').matchAll(/^(\w+)=(.*)$/gm)];
  const valuesOf = (key: string) => unit.filter(([, name]) => name === key).map(([, , value = '']) => value);

  it('knows the settings, and reads secrets from files that it loads', () => {
    const settings = valuesOf('Environment').map((setting) => setting.split('=', 2) as [string, string]);
    const known = SETTINGS.flatMap(({ name, isSecret }) => (isSecret ? [`${name}_FILE`] : [name]));
    expect(settings.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([]);
    const files = settings.filter(([name]) => name.endsWith('_FILE')).map(([, path]) => path.replace('%d/', ''));
    expect(files).toEqual(valuesOf('LoadCredential').map((credential) => credential.split(':', 1)[0]));
  });

  it('goes on trying, gives it the time to drain, and no privilege', () => {
    expect([...valuesOf('Restart'), ...valuesOf('StartLimitIntervalSec')]).toEqual(['always', '0']);
    expect(Number(valuesOf('TimeoutStopSec'))).toBeGreaterThan(15);
    expect([...valuesOf('DynamicUser'), ...valuesOf('CapabilityBoundingSet')]).toEqual(['yes', '']);
  });
});

describe('deploy/kubernetes', () => {
  const files = readdirSync(join(root, 'deploy/kubernetes'), { recursive: true, encoding: 'utf8' });
  const manifests = files.filter((file) => file.endsWith('.yaml'));

  it.each(manifests)('%s is well-formed and says what it is', (file) => {
    for (const document of parseAllDocuments(text(join('deploy/kubernetes', file)))) {
      expect(document.errors).toEqual([]);
      expect(Object.keys(document.toJS() as object)).toEqual(expect.arrayContaining(['apiVersion', 'kind']));
    }
  });

  it('lists every manifest of the base', () => {
    const { resources } = parse(text('deploy/kubernetes/base/kustomization.yaml')) as { readonly resources: string[] };
    const present = manifests.filter((file) => /^base\/(?!kustomization)/.test(file));
    expect(resources.toSorted()).toEqual(present.map((file) => file.slice('base/'.length)).toSorted());
  });

  it('holds no secret', () => {
    for (const file of manifests) expect(text(join('deploy/kubernetes', file))).not.toMatch(/^kind: Secret$/m);
  });
});
