/** What a worker cannot find out by itself. */
export interface Site {
  readonly port: number;
  readonly databaseUrl: string;
  readonly secret: string;
  readonly publicUrl: string;
}

/** How a worker ended that nobody had asked to. */
export interface Death {
  readonly pid: number;
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** It asks where to serve, tells when it does, or why it cannot. */
export type FromWorker =
  { readonly worker: 'starting' } | { readonly worker: 'ready' } | { readonly worker: 'failed'; readonly why: string };

export type ToWorker =
  { readonly primary: 'serve'; readonly site: Site; readonly replaces: Death | null } | { readonly primary: 'drain' };

export function isFromWorker(message: unknown): message is FromWorker {
  return typeof message === 'object' && message !== null && 'worker' in message;
}

export function isToWorker(message: unknown): message is ToWorker {
  return typeof message === 'object' && message !== null && 'primary' in message;
}
