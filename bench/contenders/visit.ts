import { requireProof, type Conversation, type HttpRequest } from '../load/conversation.ts';
import { bearer } from './fluxgate-load.ts';
import { graphql, loginRequest, refreshRequest, signupRequest } from './fluxgate-accounts.ts';
import { ME, REVOKE, SESSIONS } from './fluxgate-documents.ts';

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

type Step = 'enter' | 'me' | 'refresh' | 'sessions' | 'leave';

/** One visit, over and over: what clients do between a sign-in and a sign-out. */
const STEPS: readonly Step[] = [
  'enter',
  ...Array.from({ length: 10 }, () => ['me', 'refresh', 'me', 'sessions'] as const).flat(),
  'leave',
];

/** Every so many visits, the visitor is new. */
const VISITS_A_SIGNUP = 4;

/** A visitor on one connection, who signs in or up, looks around, and signs out. */
export class Visit implements Conversation {
  readonly #name: string;
  #visits = 0;
  #nextStep = 0;
  #tokens: Tokens = { accessToken: '', refreshToken: '' };

  /** @param name of an account that there is, without its domain. */
  constructor(name: string) {
    this.#name = name;
  }

  next(): HttpRequest {
    const { accessToken, refreshToken } = this.#tokens;
    switch (this.#step) {
      case 'enter':
        this.#visits += 1;
        return this.#visits % VISITS_A_SIGNUP === 0
          ? signupRequest(`${this.#name}-${this.#visits}-${performance.now()}@bench.example`)
          : loginRequest(`${this.#name}@bench.example`);
      case 'me':
        return graphql(ME, {}, bearer({ accessToken }));
      case 'sessions':
        return graphql(SESSIONS, {}, bearer({ accessToken }));
      case 'refresh':
        return refreshRequest(refreshToken);
      case 'leave':
        return graphql(REVOKE, { input: { refreshToken } });
    }
  }

  answered(status: number, body: string): void {
    const step = this.#step;
    this.#nextStep = (this.#nextStep + 1) % STEPS.length;
    if (step === 'enter' || step === 'refresh') this.#tokens = tokensIn(body);
    else requireProof(status, body, step === 'leave' ? '"REVOKED"' : '"data"');
  }

  get #step(): Step {
    return STEPS[this.#nextStep] ?? 'enter';
  }
}

function tokensIn(body: string): Tokens {
  const { data } = JSON.parse(body) as { data?: Record<string, Partial<Tokens>> };
  const { accessToken, refreshToken } = Object.values(data ?? {})[0] ?? {};
  if (!accessToken || !refreshToken) throw new Error(`no tokens: ${body.slice(0, 300)}`);
  return { accessToken, refreshToken };
}
