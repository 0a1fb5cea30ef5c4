/** `using` is newer than ES2022; Node knows it, k6 does not. */
export default function () {
  using session = { [Symbol.dispose]: () => undefined };
  return session;
}
