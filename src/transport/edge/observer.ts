import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isAuthError } from '../../errors.js';
import { isOutage } from './errors.js';

type Protocol = 'graphql' | 'rest';

/** One field at the root of the GraphQL schema, or one REST endpoint. */
export interface Operation {
  readonly protocol: Protocol;
  readonly name: string;
  /** Of a GraphQL document. */
  readonly type?: 'query' | 'mutation' | 'subscription';
}

/** Who looks on while requests are answered: metrics, traces. Sees names of ours only, never what a client sent. */
export interface Observer {
  /** Before any route: for hooks around whole requests. */
  attach(app: FastifyInstance): void;
  operation<T>(operation: Operation, run: () => Promise<T>): Promise<T>;
}

export const UNOBSERVED: Observer = { attach: () => undefined, operation: (_operation, run) => run() };

declare module 'fastify' {
  interface FastifyRequest {
    /** What it asked for, for its log line: `me,sessions`. */
    operations: string;
  }
}

/** Runs one operation of a request under the observer's eyes. */
export function observe<T>(
  observer: Observer,
  request: FastifyRequest,
  operation: Operation,
  run: () => Promise<T>,
): Promise<T> {
  request.operations = request.operations === '' ? operation.name : `${request.operations},${operation.name}`;
  return observer.operation(operation, run);
}

/** How an operation that threw has ended: the code of a refusal, or what it is masked to. */
export function outcomeOf(error: unknown): string {
  if (isAuthError(error)) return error.code;
  return isOutage(error) ? 'UNAVAILABLE' : 'INTERNAL';
}
