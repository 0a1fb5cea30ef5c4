import { Problems } from '../support/k6/failure.js';
import { Metrics } from '../support/k6/metrics.js';
import { judge, readThresholds } from '../support/k6/thresholds.js';

let metrics: Metrics;
let problems: Problems;

beforeEach(() => {
  problems = new Problems();
  metrics = new Metrics();
  metrics.declare('sessions_lost', 'counter', false);
  metrics.declare('graphql_errors', 'rate', false);
  metrics.declare('queue', 'gauge', false);
});

describe('reading a threshold', () => {
  it.each([
    ['checks', 'rate>0.99'],
    ['checks', ' rate >= 0.99 '],
    ['sessions_lost', 'count==0'],
    ['sessions_lost', 'count===0'],
    ['sessions_lost', 'count!=1'],
    ['queue', 'value<10'],
    ['http_req_duration', 'p(99.9)<500'],
    ['http_req_duration{scenario:login,name:login}', 'med<=100'],
  ])('accepts %s: %s', (selector, expression) => {
    expect(read(selector, expression)).toEqual([expect.objectContaining({ selector, expression })]);
  });

  it.each([
    ['checks', 'p(95)<1', /a rate has no 'p\(95\)'/],
    ['http_req_duration', 'p(101)<1', /a trend has no 'p\(101\)'/],
    ['http_req_duration', 'rate<1', /a trend has no 'rate'/],
    ['sessions_lost', 'value<1', /a counter has no 'value'/],
    ['checks', 'rate<', /cannot be read/],
    ['checks', 'rate=1', /cannot be read/],
    ['checks', 'rate>99%', /cannot be read/],
    ['sessions_lots', 'count==0', /there is no such metric/],
    ['checks{scenario}', 'rate>0.99', /there is no such metric/],
  ])('refuses %s: %s', (selector, expression, why) => {
    expect(() => read(selector, expression)).toThrow(why);
    expect(problems.found).toEqual([{ kind: 'options', message: expect.stringMatching(why) as string }]);
  });
});

describe('judging a threshold', () => {
  it.each([
    ['kept', 'sessions_lost', 'count==0'],
    ['crossed', 'sessions_lost', 'count>0'],
    ['kept', 'graphql_errors', 'rate<=0.5'],
    ['crossed', 'graphql_errors', 'rate<0.5'],
    ['kept', 'graphql_errors{name:me}', 'rate==0'],
    ['crossed', 'graphql_errors{name:login}', 'rate<1'],
    ['unjudged', 'http_req_duration', 'p(95)<100'],
    ['unjudged', 'sessions_lost', 'rate>5'],
    ['unjudged', 'dropped_iterations{scenario:login}', 'count==0'],
    ['crossed', 'graphql_errors{name:lgoin}', 'rate<1'],
    ['crossed', 'http_req_duration{name:jwks}', 'p(95)<100'],
  ])('finds it %s: %s: %s', (outcome, selector, expression) => {
    metrics.add('sessions_lost', 0, {});
    metrics.add('graphql_errors', 0, { name: 'me' });
    metrics.add('graphql_errors', 1, { name: 'login' });
    metrics.add('http_req_duration', 1, { name: 'me' });

    const judged = judge(read(selector, expression), metrics, problems);

    expect(judged).toMatchObject([{ outcome }]);
    expect(problems.found).toHaveLength(outcome === 'crossed' ? 1 : 0);
  });
});

function read(selector: string, expression: string) {
  return readThresholds({ thresholds: { [selector]: [expression] } }, metrics, problems);
}
