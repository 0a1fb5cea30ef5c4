import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { IJob } from 'kubernetes-models/batch/v1';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { IContainer, IPodSpec, IService } from 'kubernetes-models/v1';
import { readConfig } from '../../src/config.js';
import { againstSchema, unknownFields } from '../support/kubernetes-schemas.js';
import { kustomize, type Manifest } from '../support/kustomization.js';
import { packageVersion } from '../support/package-version.js';

const DRAIN_SECONDS = 15;
const BASE = 'deploy/kubernetes/base';
const EXAMPLE = 'deploy/kubernetes/overlays/example';

const base = kustomize(BASE);
const example = kustomize(EXAMPLE);
const named = <T>(kind: string, { manifests } = base) => manifests.find((found) => found.kind === kind) as T;

const server = podOf(named<IDeployment>('Deployment').spec?.template);
const migrate = podOf(named<IJob>('Job').spec?.template);

describe.each([
  ['the base', BASE, base],
  ['the example', EXAMPLE, example],
])('%s for Kubernetes', (_, folder, { manifests, files }) => {
  it.each(manifests.map((manifest) => [manifest.kind, manifest]))('has a %s that its schema takes', async (...[, it]) => {
    expect(await againstSchema(it)).toEqual([]);
  });

  it('has no field that Kubernetes does not know', () => {
    expect(unknownFields(manifests)).toEqual([]);
  });

  it('uses every file that lies in its folder', () => {
    expect(files).toEqual(expect.arrayContaining(readdirSync(inProject(folder)).map((name) => `${folder}/${name}`)));
  });

  it('holds no secret', () => {
    expect(manifests.map(({ kind }) => kind)).not.toContain('Secret');
  });
});

describe('the schemas that manifests are held against', () => {
  const broken = (change: (container: Record<string, unknown>) => void) => {
    const deployment = structuredClone(named<IDeployment>('Deployment'));
    change(deployment.spec?.template.spec?.containers[0] as unknown as Record<string, unknown>);
    return deployment as unknown as Manifest;
  };

  it('refuse a value of the wrong type', async () => {
    const manifest = broken((container) => (container['ports'] = [{ containerPort: '4000' }]));
    expect(await againstSchema(manifest)).toEqual([expect.stringContaining('containerPort must be integer')]);
  });

  it('refuse a field with a typing mistake', () => {
    const manifest = broken((container) => (container['readinesProbe'] = {}));
    expect(unknownFields([manifest])).toEqual([expect.stringContaining('"readinesProbe"')]);
  });
});

describe('a server in Kubernetes', () => {
  it('starts with the settings of the example and the secrets that it mounts', () => {
    const config = readConfig({ NODE_ENV: 'production', ...example.settings, ...secretsOf(server) });
    expect(config).toMatchObject({ warnings: [], databaseUrl: expect.any(String), secret: expect.any(String) });
  });

  it('never sees the password of the role that owns the tables', () => {
    expect(secretNames(server)).toEqual(['fluxgate']);
  });

  it('is probed where it answers', () => {
    const { container } = server;
    expect(container.ports).toEqual([{ name: 'http', containerPort: Number(base.settings['PORT']) }]);
    expect([container.startupProbe, container.livenessProbe].map((probe) => probe?.httpGet)).toEqual([
      { path: '/healthz', port: 'http' },
      { path: '/healthz', port: 'http' },
    ]);
    expect(container.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'http' });
  });

  it('serves on while others learn that it goes, and is given the time to drain', () => {
    const [command, seconds] = server.container.lifecycle?.preStop?.exec?.command ?? [];
    expect(command).toBe('sleep');
    expect(server.spec.terminationGracePeriodSeconds).toBeGreaterThan(Number(seconds) + DRAIN_SECONDS);
  });

  it('has one that replaces it before it goes', () => {
    expect(named<IDeployment>('Deployment').spec?.strategy?.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    expect(named<IPodDisruptionBudget>('PodDisruptionBudget').spec?.maxUnavailable).toBe(1);
  });

  it('is one of two or more, as many as the autoscaler wants', () => {
    const autoscaler = named<IHorizontalPodAutoscaler>('HorizontalPodAutoscaler').spec;
    expect(autoscaler?.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: 'fluxgate' });
    expect(autoscaler?.minReplicas).toBeGreaterThanOrEqual(2);
    expect(named<IDeployment>('Deployment').spec).not.toHaveProperty('replicas');
  });

  it.each([
    ['Deployment', named<IDeployment>('Deployment').spec?.selector.matchLabels],
    ['Service', named<IService>('Service').spec?.selector],
    ['PodDisruptionBudget', named<IPodDisruptionBudget>('PodDisruptionBudget').spec?.selector?.matchLabels],
  ])('is meant by the %s, and a migration is not', (_kind, selector = {}) => {
    expect(server.labels).toMatchObject(selector);
    expect(migrate.labels).not.toMatchObject(selector);
  });
});

describe('a migration in Kubernetes', () => {
  it('needs no other setting than the owner’s URL', () => {
    const config = readConfig({ NODE_ENV: 'production', ...secretsOf(migrate) }, 'migrate');
    expect(config).toMatchObject({ warnings: [], migrationDatabaseUrl: expect.any(String) });
    expect(secretNames(migrate)).toEqual(['fluxgate-migration']);
  });
});

describe.each([
  ['server', server],
  ['migration', migrate],
])('the pod of a %s', (_, { spec, container, labels }) => {
  // Pod Security Standards, "restricted", and a root file system that nothing writes to.
  it('asks for no privilege', () => {
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(spec.automountServiceAccountToken).toBe(false);
  });

  it('may use so much memory and no more', () => {
    expect(container.resources).toMatchObject({ requests: { cpu: expect.any(String) }, limits: { memory: '512Mi' } });
  });

  it('is not given variables that look like settings', () => {
    expect(spec.enableServiceLinks).toBe(false);
  });

  it('is behind the network policy', () => {
    expect(labels).toMatchObject(named<INetworkPolicy>('NetworkPolicy').spec?.podSelector?.matchLabels ?? {});
  });
});

it('runs the image of this version', () => {
  expect(new Set(example.imageTags)).toEqual(new Set([packageVersion]));
});

interface Pod {
  readonly spec: IPodSpec;
  readonly container: IContainer;
  readonly labels: Readonly<Record<string, string>>;
}

function podOf(template: NonNullable<IDeployment['spec']>['template'] | undefined): Pod {
  const [container] = template?.spec?.containers ?? [];
  if (!template?.spec || !container) throw new Error('a pod without a container');
  return { spec: template.spec, container, labels: template.metadata?.labels ?? {} };
}

function secretNames({ spec }: Pod): (string | undefined)[] {
  return (spec.volumes ?? []).map((volume) => volume.secret?.secretName);
}

/** The variables of a container, each file that they name being in a volume of the pod and holding what it may. */
function secretsOf({ container }: Pod): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'fluxgate-secrets-'));
  const mounted = (container.volumeMounts ?? []).map(({ mountPath }) => mountPath);
  try {
    return Object.fromEntries(
      (container.env ?? []).map(({ name, value = '' }, index) => {
        expect(mounted).toContain(value.slice(0, value.lastIndexOf('/')));
        const file = join(folder, String(index));
        writeFileSync(file, '');
        return [name, file];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function inProject(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}
