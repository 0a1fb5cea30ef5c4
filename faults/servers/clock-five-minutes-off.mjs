/** Loaded with --import before a gateway: its clock is five minutes ahead. Timers, which go by another one, are right. */
const OFF_MS = 5 * 60 * 1000;
const realNow = Date.now;

Date.now = () => realNow() + OFF_MS;

class DateAhead extends Date {
  /** @param {[] | [number | string | Date]} given */
  constructor(...given) {
    super(.../** @type {[number | string | Date]} */ (given.length === 0 ? [Date.now()] : given));
  }
}

Object.defineProperty(globalThis, 'Date', { value: DateAhead, configurable: true, writable: true });
