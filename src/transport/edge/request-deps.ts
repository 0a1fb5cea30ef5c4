import type { Deps, Limits } from '../../auth/deps.js';

/** What use-cases need, but for what each request is given of its own. */
export type SharedDeps = Omit<Deps, 'limits'>;

/** Begins a request: what it returns gives the dependencies that count with these limits. */
export type BeginRequest = () => (limits: Limits) => Deps;

/**
 * `shared`, and what a request has of its own: one fork of `em`, made when it is first used, since most need none.
 *
 * By prototype: an object literal with a getter has a hidden class to itself, which V8 keeps until its next full
 * collection, and the whole request with it. So nobody may spread these: a spread copies what is the request's alone.
 */
export function requestDepsOf(shared: SharedDeps): BeginRequest {
  class RequestDeps {
    constructor(
      readonly limits: Limits,
      private readonly fork: () => Deps['em'],
    ) {}

    get em(): Deps['em'] {
      return this.fork();
    }
  }
  Object.setPrototypeOf(RequestDeps.prototype, shared);

  return () => {
    let em: Deps['em'] | undefined;
    const forkOnce = () => (em ??= shared.em.fork());
    return (limits) => new RequestDeps(limits, forkOnce) as unknown as Deps;
  };
}
