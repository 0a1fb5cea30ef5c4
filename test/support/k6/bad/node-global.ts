/** k6 has no URL. */
export default function () {
  return new (globalThis as unknown as { URL: new (url: string) => object }).URL('http://localhost/');
}
