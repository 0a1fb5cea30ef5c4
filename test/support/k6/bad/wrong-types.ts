import exec from 'k6/execution';
import http from 'k6/http';
import type { Options } from 'k6/options';

export const options: Options = { scenarios: { a: { executor: 'constant-vus', vus: 'two', duration: '1s' } } };

/** Five mistakes that only the compiler sees before somebody runs them. */
export default function () {
  const response = http.fetch('http://localhost/');
  http.get('http://localhost/', { header: {} });
  return [response.statusCode, exec.vu.number, process.pid];
}
