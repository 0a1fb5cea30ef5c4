import http from 'k6/http';

/** k6 has no http.fetch, and a cast hides that from the compiler. */
export default function () {
  (http as unknown as { fetch(url: string): void }).fetch(`${__ENV['BASE_URL']}/readyz`);
}
