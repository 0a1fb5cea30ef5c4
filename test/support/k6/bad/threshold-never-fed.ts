import http from 'k6/http';

/** `jwsk` for `jwks`: k6 finds no sample, and passes. */
export const options = { thresholds: { 'http_req_failed{name:jwsk}': ['rate<0.01'] } };

export default function () {
  http.get(`${__ENV['BASE_URL']}/readyz`, { tags: { name: 'jwks' } });
}
