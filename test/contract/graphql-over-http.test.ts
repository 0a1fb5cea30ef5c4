import { serverAudits } from 'graphql-http';
import { startGateway, type Gateway } from '../support/gateway.js';

/** The GraphQL over HTTP specification, as its reference implementation audits a server. */
let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const audits = serverAudits({ url: () => `${gateway.url}/graphql` });

describe('GraphQL over HTTP', () => {
  it.each(audits.filter(({ name }) => name.startsWith('MUST')).map((audit) => [`${audit.id} ${audit.name}`, audit]))(
    '%s',
    async (_, audit) => {
      const result = await audit.fn();
      expect({ status: result.status, why: 'reason' in result ? result.reason : '' }).toEqual({
        status: 'ok',
        why: '',
      });
    },
  );
});
