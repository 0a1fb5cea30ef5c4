import http from 'k6/http';

/** There are no keys at /readyz. */
export default function () {
  const response = http.get(`${__ENV['BASE_URL']}/readyz`);
  const { keys } = JSON.parse(String(response.body)) as { keys: { kid: string }[] };
  return keys[0]?.kid;
}
