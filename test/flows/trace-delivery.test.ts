import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import {
  cleanUp,
  makeDataDir,
  startFluxgate,
  stopFluxgate,
  type FluxgateProcess,
} from '../support/fluxgate-process.js';
import { freePort, TEST_SECRET } from '../support/gateway.js';
import { startOtlpReceiver, type Answer, type OtlpReceiver } from '../support/otlp/receiver.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { logIn, signUp } from '../support/sign-in.js';

const ASK = '{ authConfig { signupEnabled } }';
const LOST = 'the collector does not take traces';
const BACK = 'the collector takes traces again';
/** Milliseconds after which the exporter gives up; 10 s unless it is told. */
const IMPATIENT = { OTEL_EXPORTER_OTLP_TIMEOUT: '300' };

let database: TestDatabase;
let receiver: OtlpReceiver | undefined;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await cleanUp();
  await receiver?.close();
  receiver = undefined;
});
afterAll(() => database.drop());

async function startTraced(url: string, env: Record<string, string> = {}): Promise<FluxgateProcess> {
  return startFluxgate({
    dataDir: await makeDataDir(),
    env: {
      DATABASE_URL: database.url,
      FLUXGATE_SECRET: TEST_SECRET,
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      ...env,
    },
  });
}

const times = (text: string, part: string) => text.split(part).length - 1;

describe('a gateway that has a collector', () => {
  it('sends traces as the standard variables say, those of the last moment too', async () => {
    receiver = await startOtlpReceiver();
    const fluxgate = await startTraced(`${receiver.url}/below/`, {
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=ours',
      OTEL_SERVICE_NAME: 'sign-in',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=overruled,deployment.environment.name=staging',
    });
    const { user } = await signUp(fluxgate);
    await logIn(fluxgate, { email: user.email });
    expect(await stopFluxgate(fluxgate)).toBe(0);

    expect(receiver.spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['mutation signup', 'mutation login', 'COMMIT', 'POST /graphql']),
    );
    expect(receiver.requests[0]).toMatchObject({
      method: 'POST',
      url: '/below/v1/traces',
      headers: { 'content-type': 'application/x-protobuf', 'x-tenant': 'ours' },
    });
    expect(receiver.spans[0]?.resource).toEqual({
      'service.name': 'sign-in',
      'service.version': expect.stringMatching(/^\d+\.\d+\.\d+/),
      'service.instance.id': expect.any(String),
      'process.pid': expect.any(Number),
      'deployment.environment.name': 'staging',
    });
    expect(fluxgate.stdout()).not.toContain(LOST);
  });

  it('traces each of its workers by itself', async () => {
    receiver = await startOtlpReceiver();
    const { spans, url } = receiver;
    const fluxgate = await startTraced(url, { FLUXGATE_WORKERS: '2' });
    const instances = () => new Set(spans.map(({ resource }) => resource['service.instance.id']));
    await eventually(
      async () => {
        await fluxgate.gql(ASK, {}, { connection: 'close' });
        return [...instances()];
      },
      (seen) => seen.length === 2,
    );
    const processes = new Set(spans.map(({ resource }) => resource['process.pid']));
    expect([await stopFluxgate(fluxgate), processes.size, instances().size]).toEqual([0, 2, 2]);
  });

  it.each<[string, Record<string, string>]>([
    ['the sampler says so', { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }],
    ['traces are left out', { OTEL_TRACES_EXPORTER: 'none' }],
  ])('keeps no trace where %s', async (_, env) => {
    receiver = await startOtlpReceiver();
    const fluxgate = await startTraced(receiver.url, env);
    expect((await fluxgate.gql(ASK)).status).toBe(200);
    expect([await stopFluxgate(fluxgate), receiver.requests.length]).toEqual([0, 0]);
    expect(fluxgate.stdout()).not.toContain('trace_id');
  });
});

describe('a collector that', () => {
  it.each<[string, Answer]>([
    ['never answers', () => undefined],
    ['refuses', (reply) => void reply.writeHead(400).end('not today')],
    ['is too busy', (reply) => void reply.writeHead(503).end()],
  ])('%s delays no request, and no end of the process', async (_, answer) => {
    receiver = await startOtlpReceiver({ answer });
    const fluxgate = await startTraced(receiver.url, IMPATIENT);
    const { user } = await signUp(fluxgate);
    await fluxgate.says(LOST);
    expect((await logIn(fluxgate, { email: user.email })).__typename).toBe('AuthPayload');
    expect(await stopFluxgate(fluxgate)).toBe(0);
    expect(times(fluxgate.stdout(), LOST)).toBe(1);
    expect(fluxgate.stdout()).not.toContain('not drained');
  });

  it('is away loses traces, of which the log tells, and that it is back', async () => {
    const port = await freePort();
    const fluxgate = await startTraced(`http://127.0.0.1:${port}`, IMPATIENT);
    await signUp(fluxgate);
    await fluxgate.says(LOST);
    expect(times(fluxgate.stdout(), LOST)).toBe(1);
    receiver = await startOtlpReceiver({ port });
    await eventually(
      async () => {
        await fluxgate.gql(ASK);
        return fluxgate.stdout();
      },
      (log) => log.includes(BACK),
    );
    expect(await stopFluxgate(fluxgate)).toBe(0);
  });
});

describe('a gateway that has no collector', () => {
  /** What the process had loaded by its end, as Node tells where it measures coverage. */
  async function loadedBy(url: string): Promise<string[]> {
    const folder = await mkdtemp(join(tmpdir(), 'fluxgate coverage '));
    try {
      const fluxgate = await startTraced(url, { NODE_V8_COVERAGE: folder });
      await signUp(fluxgate);
      await stopFluxgate(fluxgate);
      const reports = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')));
      return reports.flatMap((report) =>
        (JSON.parse(report) as { result: { url: string }[] }).result.map((script) => script.url),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it('loads nothing of OpenTelemetry', async () => {
    const ofOpenTelemetry = (urls: string[]) =>
      urls.filter((loaded) => /@opentelemetry|telemetry\/traces\//.test(loaded));
    const without = await loadedBy('');
    expect(without.some((loaded) => loaded.includes('/fastify/'))).toBe(true);
    expect(ofOpenTelemetry(without)).toEqual([]);
    receiver = await startOtlpReceiver();
    expect(ofOpenTelemetry(await loadedBy(receiver.url)).length).toBeGreaterThan(10);
  });
});
