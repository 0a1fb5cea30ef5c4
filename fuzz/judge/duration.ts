/** On a gateway that has next to nothing else to do. */
const HANG_MS = 2_000;
/** A machine whose control is slower than this says nothing about the gateway. */
const CONTROL_MS = 250;

export interface Timed {
  readonly tookMs: number;
  /** The longest that the control took meanwhile (control.ts). */
  readonly controlMs: number;
}

/** Whether an answer was late, and nothing but the gateway can be blamed for it. */
export function isLate({ tookMs, controlMs }: Timed): boolean {
  return tookMs > HANG_MS && controlMs < CONTROL_MS;
}

/** Once late is chance: a hang is late each time, alone. */
export function isHang(attempts: readonly Timed[]): boolean {
  return attempts.length > 1 && attempts.every(isLate);
}
