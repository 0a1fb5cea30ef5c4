import { openBrowser } from '../support/browser.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { freshEmail, logIn, signUp } from '../support/sign-in.js';

const STRANGERS = 24;
const SIGN_INS = 5;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    env: { FLUXGATE_RATE_LIMIT_SCALE: '10000', FLUXGATE_HASH_THREADS: '1', FLUXGATE_HASH_QUEUE: '4' },
  });
});
afterAll(() => gateway.close());

/** Strangers who guess on and on, many more than the queue takes. */
function startGuessing() {
  let stopping = false;
  const answers: string[] = [];
  const guess = async () => {
    while (!stopping) {
      const { __typename } = await logIn(gateway, { email: freshEmail(), password: 'a stranger’s guess' }).catch(
        () => ({
          __typename: 'busy',
        }),
      );
      answers.push(__typename);
    }
  };
  const guessing = Array.from({ length: STRANGERS }, guess);
  return {
    answers,
    async stop() {
      stopping = true;
      await Promise.all(guessing);
    },
  };
}

describe('53. strangers who fill the queue of the hash threads', () => {
  it('are refused, while people sign in from the devices that they are known by', async () => {
    const owner = openBrowser(gateway);
    const { user } = await signUp(owner, { delivery: 'COOKIE' });

    const strangers = startGuessing();
    const signIns: string[] = [];
    for (let at = 0; at < SIGN_INS; at += 1)
      signIns.push((await logIn(owner, { email: user.email }).catch(() => ({ __typename: 'busy' }))).__typename);
    await strangers.stop();

    expect(strangers.answers).toContain('busy');
    expect(signIns).toEqual(Array(SIGN_INS).fill('AuthPayload'));
  });
});
