import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';

/** What a script may rely on in k6's test life cycle; each check is a promise of k6's. */
export const options = {
  scenarios: { first: { executor: 'per-vu-iterations', vus: 2, exec: 'first' } },
  thresholds: { 'started{scenario:first}': ['count==4'], 'checks{scenario:first,part:own}': ['rate==1'] },
};

const started = new Counter('started');
let iterationsOfThisVu = 0;

export function setup(): { count: number; names: string[] } {
  return { count: 1, names: ['a'] };
}

export function first(data: { count: number; names: string[] }): void {
  started.add(1);
  const { idInTest, iterationInScenario } = exec.vu;
  check(data, { 'setup: every VU has a copy': ({ count }) => count === 1 + iterationInScenario }, { part: 'own' });
  check(iterationsOfThisVu, { 'module state: is the VU’s': (before) => before === iterationInScenario });
  check(exec.vu, {
    'exec: VUs count from 1': () => idInTest === 1 || idInTest === 2,
    'exec: the scenario has its name': () => exec.scenario.name === 'first',
  });
  data.count += 1;
  iterationsOfThisVu += 1;

  const echo = http.get(`${__ENV['BASE_URL']}/echo`, { headers: { 'X-Sent': 'yes' } });
  const again = http.get(`${__ENV['BASE_URL']}/echo`);
  const { cookie: firstCookie = '', sent } = JSON.parse(echo.body as string) as { cookie?: string; sent?: string };
  check(echo, {
    'http: sends headers': () => sent === 'yes',
    'http: spells headers as Go does': ({ headers }) => headers['X-Lower-Case'] === '1',
    'cookies: none in a new iteration': () => firstCookie === '',
    'cookies: kept within one': () => (again.body as string).includes('seen=1'),
    'cookies: deleted by the server': () => !(again.body as string).includes('gone'),
  });
  check(http.get(`${__ENV['BASE_URL']}/nobody-answers`, { timeout: '1s' }), {
    'http: no answer is status 0 and an error': ({ status, error, body }) =>
      status === 0 && error !== '' && body === null,
  });
}

export function teardown({ names }: { count: number; names: string[] }): void {
  check(names, { 'teardown: has what setup returned': (all) => all.join() === 'a' });
}
