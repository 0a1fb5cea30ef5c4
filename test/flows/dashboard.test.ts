import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse as parseYaml } from 'yaml';
import { bearer, freePort, startGateway, type Gateway } from '../support/gateway.js';
import { readMetrics, type Sample } from '../support/metrics.js';
import { freshEmail, logIn, signUp, refreshWith } from '../support/sign-in.js';

const inDeploy = (path: string) => readFileSync(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

const { panels } = JSON.parse(inDeploy('grafana/fluxgate.json')) as Dashboard;
const { groups } = parseYaml(inDeploy('prometheus/fluxgate-alerts.yml')) as Rules;
const queries = [
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }): [string, string] => [title, expr])),
  ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }): [string, string] => [alert, expr])),
];

let gateway: Gateway;
let samples: Sample[];
beforeAll(async () => {
  const port = await freePort();
  const env = {
    FLUXGATE_METRICS_PORT: String(port),
    FLUXGATE_RATE_LIMIT_SCALE: '0.2',
    FLUXGATE_CLEANUP_INTERVAL: '3600',
  };
  gateway = await startGateway({ env });
  const { accessToken, refreshToken } = await signUp(gateway);
  await refreshWith(gateway, refreshToken);
  await gateway.gql('mutation { revoke { __typename } }', {}, bearer(accessToken));
  const email = freshEmail();
  for (let attempts = 0; attempts < 5; attempts += 1) await logIn(gateway, { email }); // the last one is limited
  samples = await readMetrics(`http://127.0.0.1:${port}/metrics`);
});
afterAll(() => gateway.close());

interface Selection {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** The metrics of a query with the labels that are asked of them, and those that it groups by. */
function readQuery(query: string): { readonly broken: boolean; readonly metrics: Selection[]; grouped: string[] } {
  const text = query.replaceAll('$__rate_interval', '5m');
  const [metrics, grouped]: [{ metric: string; labels: string[] }[], string[]] = [[], []];
  let broken = false;
  parser.parse(text).iterate({
    enter(node) {
      const is = text.slice(node.from, node.to);
      if (node.type.isError) broken = true;
      if (node.name === 'VectorSelector') metrics.push({ metric: /^\w+/.exec(is)?.[0] ?? '', labels: [] });
      if (node.name === 'LabelName' && node.matchContext(['GroupingLabels'])) grouped.push(is);
      else if (node.name === 'LabelName') metrics.at(-1)?.labels.push(is);
    },
  });
  return { broken, metrics, grouped };
}

/** What Prometheus adds by itself. */
const OF_PROMETHEUS = ['job', 'instance'];

describe('the queries of the dashboard and the alerts', () => {
  it.each(queries)('ask for metrics and labels that there are: %s', (_, query) => {
    const { broken, metrics, grouped } = readQuery(query);
    expect(broken).toBe(false);
    expect(metrics.length).toBeGreaterThan(0);
    for (const { metric, labels } of metrics.filter((it) => it.metric !== 'up')) {
      const known = samples.filter(({ name }) => name === metric).flatMap((sample) => Object.keys(sample.labels));
      expect(samples.map(({ name }) => name)).toContain(metric);
      const wanted = [...labels, ...grouped].filter((label) => !OF_PROMETHEUS.includes(label));
      expect(wanted.filter((label) => !known.includes(label))).toEqual([]);
    }
  });

  it('are not only read but understood: one with a slip is broken, one for a metric of another name is seen', () => {
    expect(readQuery('sum(rate(fluxgate_x_total[5m])').broken).toBe(true);
    expect(readQuery('sum by (le) (rate(fluxgate_x{job="a"}[5m]))')).toEqual({
      broken: false,
      metrics: [{ metric: 'fluxgate_x', labels: ['job'] }],
      grouped: ['le'],
    });
  });
});
