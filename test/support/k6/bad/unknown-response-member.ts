import { check } from 'k6';
import http from 'k6/http';

/** The status is `status`: undefined is below 400 nowhere, so this check would always fail or, negated, always pass. */
export default function () {
  const response = http.get(`${__ENV['BASE_URL']}/readyz`) as unknown as { statusCode: number };
  check(response, { 'is no error': ({ statusCode }) => !(statusCode >= 400) });
}
