import type { Deps, Limits } from '../../src/auth/deps.js';
import { requestDepsOf, type SharedDeps } from '../../src/transport/edge/request-deps.js';

const noLimits: Limits = { consume: () => Promise.resolve() };

function sharedDeps() {
  const forks: Deps['em'][] = [];
  const em = {
    fork() {
      const fork = {} as Deps['em'];
      forks.push(fork);
      return fork;
    },
  };
  const shared = { em, clock: () => new Date(0) } as unknown as SharedDeps;
  return { forks, shared };
}

describe('the dependencies of one request', () => {
  it('fork the entity manager once, when it is first used', () => {
    const { forks, shared } = sharedDeps();
    const depsWith = requestDepsOf(shared)();
    const [one, other] = [depsWith(noLimits), depsWith(noLimits)];
    expect(forks).toEqual([]);
    expect(one.em).toBe(other.em);
    expect(forks).toEqual([one.em]);
  });

  it('are of that request alone, and otherwise what all share', () => {
    const { forks, shared } = sharedDeps();
    const begin = requestDepsOf(shared);
    const [one, other] = [begin()(noLimits), begin()(noLimits)];
    expect(one.em).not.toBe(other.em);
    expect(forks).toHaveLength(2);
    expect(one.clock).toBe(shared.clock);
    expect(one.limits).toBe(noLimits);
  });

  it('are of one shape for all requests: none has an accessor of its own, which would keep the request in memory', () => {
    const begin = requestDepsOf(sharedDeps().shared);
    const [one, other] = [begin()(noLimits), begin()(noLimits)];
    expect(Object.getPrototypeOf(one)).toBe(Object.getPrototypeOf(other));
    const own = Object.values(Object.getOwnPropertyDescriptors(one));
    expect(own.filter((property) => 'get' in property && property.get !== undefined)).toEqual([]);
  });
});
