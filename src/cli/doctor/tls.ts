import { TLSSocket } from 'node:tls';
import type { Client } from 'pg';
import ipaddr from 'ipaddr.js';
import { ok, warning, type Finding } from './finding.js';

const CHECK = 'database TLS';

/** The connection to the database as it is: null for a plain one. */
export interface Link {
  readonly protocol: string | null;
  readonly certificateChecked: boolean;
  readonly onThisMachine: boolean;
}

export function checkTls(client: Client): Finding {
  const { stream } = client.connection;
  const encrypted = stream instanceof TLSSocket;
  return judgeLink({
    protocol: encrypted ? stream.getProtocol() : null,
    certificateChecked: encrypted && stream.authorized,
    onThisMachine: isLocal(client.host),
  });
}

export function judgeLink({ protocol, certificateChecked, onThisMachine }: Link): Finding {
  if (protocol === null) {
    if (onThisMachine) return ok(CHECK, 'none, and none needed: the database is on this machine');
    return warning(
      CHECK,
      'the connection is not encrypted: password hashes and the password of the database cross the network',
      'add sslmode=verify-full to DATABASE_URL, and sslrootcert=FILE where its authority is your own',
    );
  }
  if (certificateChecked) return ok(CHECK, `${protocol}, and the certificate is checked`);
  return warning(
    CHECK,
    `${protocol}, but the certificate is not checked: another server could pose as the database`,
    'use sslmode=verify-full in DATABASE_URL, and sslrootcert=FILE where its authority is your own',
  );
}

function isLocal(host: string): boolean {
  return (
    host.startsWith('/') ||
    host === 'localhost' ||
    (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback')
  );
}
