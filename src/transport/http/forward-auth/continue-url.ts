const CONTINUE_PATH = '/auth/continue';

/** @param target one that was decided to be safe to return to; null: wherever people go without one. */
export function continueUrl(publicUrl: string, target: string | null): string {
  return `${publicUrl}${CONTINUE_PATH}${target === null ? '' : `?return_to=${encodeURIComponent(target)}`}`;
}
