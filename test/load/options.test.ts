import { Problems } from '../support/k6/failure.js';
import { readScenarios, type ScriptOptions } from '../support/k6/options.js';

const script = { default: () => undefined, login: () => undefined, data: {} };
const arrival = { executor: 'ramping-arrival-rate', exec: 'login', preAllocatedVUs: 5, maxVUs: 20, timeUnit: '1m' };
const stages = [{ duration: '1m30s', target: 600 }];

describe('the scenarios of a script', () => {
  it('are one, named default, where it names none', () => {
    expect(read({})).toEqual([{ name: 'default', exec: 'default', vus: 1 }]);
    expect(read({ vus: 3 })).toEqual([{ name: 'default', exec: 'default', vus: 3 }]);
  });

  it('have as many VUs as their executor may start', () => {
    expect(read({ scenarios: { a: { ...arrival, stages } } })).toEqual([{ name: 'a', exec: 'login', vus: 20 }]);
  });

  it.each([
    [{ executor: 'externally-controlled' }, /no executor 'externally-controlled'/],
    [{}, /no executor 'undefined'/],
    [{ ...arrival }, /needs stages/],
    [{ executor: 'constant-arrival-rate', rate: 1, duration: '1s' }, /needs preAllocatedVUs/],
    [{ executor: 'per-vu-iterations', duration: '1s' }, /knows no duration/],
    [{ ...arrival, stages, timeUnit: '1 minute' }, /timeUnit is '1 minute', which is no duration/],
    [{ ...arrival, stages, gracefulStop: 30 }, /gracefulStop is '30', which is no duration/],
    [{ ...arrival, stages, preAllocatedVUs: 2.5 }, /preAllocatedVUs is 2.5, not a whole number/],
    [{ ...arrival, stages, maxVUs: 4 }, /maxVUs is below preAllocatedVUs/],
    [{ ...arrival, stages: [{ duration: '1m', target: 0.5 }] }, /a stage needs/],
    [{ ...arrival, stages: [{ duration: 60, target: 1 }] }, /a stage needs/],
    [{ executor: 'per-vu-iterations', exec: 'logn' }, /exports no function 'logn'/],
    [{ executor: 'per-vu-iterations', exec: 'data' }, /exports no function 'data'/],
  ])('are refused as k6 refuses them: %j', (scenario, why) => {
    expect(() => read({ scenarios: { a: scenario } })).toThrow(why);
  });

  it('are refused with an option that the stand-in does not know', () => {
    expect(() => read({ discardResponseBodies: true })).toThrow(/'discardResponseBodies' is not provided/);
  });
});

function read(options: ScriptOptions) {
  return readScenarios(options, script, new Problems());
}
