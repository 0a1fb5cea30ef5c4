import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { parse, parseAllDocuments } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string) => readFileSync(join(root, path), 'utf8');

interface Service {
  readonly image: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly secrets?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

describe('Dockerfile', () => {
  const dockerfile = text('Dockerfile');
  const lines = dockerfile.split('\n').filter((line) => /^[A-Z]+ /.test(line));

  it('is well-formed', () => {
    expect(validate(dockerfile)).toEqual([]);
  });

  it('stands on one pinned image', () => {
    const images = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);
    expect(images).toEqual([expect.stringMatching(/^node:\d+\.\d+\.\d+-bookworm-slim$/), 'node', 'node']);
  });

  it('runs without privileges, is watched, and holds no secret', () => {
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER 1000:1000']);
    expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(/^HEALTHCHECK /), 'STOPSIGNAL SIGTERM']));
    expect(lines.filter((line) => line.startsWith('ADD '))).toEqual([]);
    expect(lines.filter((line) => /^(ENV|ARG) .*(SECRET|PASSWORD|TOKEN|DATABASE_URL)/.test(line))).toEqual([]);
  });

  it('is built from nothing that the machine keeps to itself', () => {
    const ignored = text('.dockerignore').split('\n');
    expect(ignored.some((line) => line.includes('*') || line.includes('.fluxgate'))).toBe(true);
  });
});

describe('compose.yaml', () => {
  const { services, secrets } = parse(text('compose.yaml'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  };

  it.each(['gateway', 'migrate'])('gives %s nothing that it does not need', (name) => {
    expect(services[name]).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('starts one after the other, by health', () => {
    expect(services['gateway']?.depends_on).toEqual({
      postgres: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    });
  });

  it('pins every image', () => {
    for (const { image } of Object.values(services)) expect(image).toMatch(/^[\w./-]+:\d+\.\d+[\w.-]*$/);
  });

  it('hands secrets over as files, each of which make-secrets.sh makes', () => {
    const script = text('deploy/docker/make-secrets.sh');
    const used = new Set(Object.values(services).flatMap((service) => service.secrets ?? []));
    expect([...used].sort()).toEqual(Object.keys(secrets).sort());
    for (const name of used) expect(script).toContain(name);
    for (const { environment = {} } of Object.values(services))
      for (const [name, value] of Object.entries(environment))
        if (/SECRET|PASSWORD|DATABASE_URL/.test(name))
          expect([name, value]).toEqual([expect.stringMatching(/_FILE$/), expect.stringMatching(/^\/run\/secrets\//)]);
  });
});

describe('deploy/kubernetes', () => {
  const files = readdirSync(join(root, 'deploy/kubernetes'), { recursive: true, encoding: 'utf8' });
  const manifests = files.filter((file) => file.endsWith('.yaml'));

  it.each(manifests)('%s is well-formed and says what it is', (file) => {
    for (const document of parseAllDocuments(text(join('deploy/kubernetes', file)))) {
      expect(document.errors).toEqual([]);
      expect(document.toJS()).toMatchObject({
        apiVersion: expect.any(String) as unknown,
        kind: expect.any(String) as unknown,
      });
    }
  });

  it('lists every manifest of the base', () => {
    const { resources } = parse(text('deploy/kubernetes/base/kustomization.yaml')) as { readonly resources: string[] };
    const present = manifests
      .filter((file) => /^base\/(?!kustomization)/.test(file))
      .map((file) => file.slice('base/'.length));
    expect(resources.toSorted()).toEqual(present.toSorted());
  });

  it('holds no secret', () => {
    for (const file of manifests) expect(text(join('deploy/kubernetes', file))).not.toMatch(/^kind: Secret$/m);
  });
});
