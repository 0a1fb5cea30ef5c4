import { once } from 'node:events';
import { connect } from 'node:net';
import { findPort } from '../../src/cli/find-port.js';
import { freePort } from '../support/gateway.js';

const LOOKS = 100;

describe('whether a port can be listened on', () => {
  it('is found out without taking a connection that somebody tries meanwhile', async () => {
    const port = await freePort();
    let looking = true;
    let taken = 0;
    const knock = async () => {
      while (looking) {
        const socket = connect(port, '127.0.0.1');
        await once(socket, 'connect').then(
          () => (taken += 1),
          () => undefined,
        );
        socket.destroy();
      }
    };
    const knocking = [knock(), knock(), knock(), knock()];
    const found = [];
    for (let look = 0; look < LOOKS; look += 1) found.push(await findPort('127.0.0.1', port));
    looking = false;
    await Promise.all(knocking);
    expect([new Set(found), taken]).toEqual([new Set([port]), 0]);
  });
});
