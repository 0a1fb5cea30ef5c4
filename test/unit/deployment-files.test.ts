import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { parse, parseAllDocuments } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string) => readFileSync(join(root, path), 'utf8');

interface Service {
  readonly image: string;
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
    expect(images[0]).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim$/);
    expect(images.slice(1)).toEqual(['node', 'node']);
  });

  it('runs without privileges, is watched, and holds no secret', () => {
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER 1000:1000']);
    expect(lines).toContain('STOPSIGNAL SIGTERM');
    expect(lines.filter((line) => line.startsWith('HEALTHCHECK '))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('ADD '))).toEqual([]);
    expect(lines.filter((line) => /^(ENV|ARG) .*(SECRET|PASSWORD|TOKEN|DATABASE_URL)/.test(line))).toEqual([]);
  });
});

describe('compose.yaml', () => {
  const { services, secrets } = parse(text('compose.yaml'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  };

  it.each(['gateway', 'migrate'])('gives %s nothing that it does not need', (name) => {
    const restrictions = { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] };
    expect(services[name]).toMatchObject(restrictions);
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
    const settings = Object.values(services).flatMap(({ environment = {} }) => Object.entries(environment));
    const secret = settings.filter(([name]) => /SECRET|PASSWORD|DATABASE_URL/.test(name));
    expect(secret.filter(([name, value]) => !name.endsWith('_FILE') || !value.startsWith('/run/secrets/'))).toEqual([]);
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
