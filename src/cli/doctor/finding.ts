import type { StartupError } from '../../errors.js';

/** What one check saw, and what an operator can do about it. */
export interface Finding {
  readonly check: string;
  /** warning: it works, and is not what one wants. failed: it does not work, or not safely. */
  readonly outcome: 'ok' | 'warning' | 'failed';
  readonly saw: string;
  readonly advice: string | null;
}

export function ok(check: string, saw: string): Finding {
  return { check, outcome: 'ok', saw, advice: null };
}

export function warning(check: string, saw: string, advice: string): Finding {
  return { check, outcome: 'warning', saw, advice };
}

export function failed(check: string, saw: string, advice: string): Finding {
  return { check, outcome: 'failed', saw, advice };
}

/** A refusal to start, as a finding: it says what is wrong before its last colon, and after it what to do. */
export function refused(check: string, { message }: StartupError): Finding {
  const [, saw = message, advice = 'docs/operations.md explains it: "Troubleshooting by message"'] =
    /^(.*): ([^:]+)\.$/s.exec(message) ?? [];
  return failed(check, saw, advice);
}
