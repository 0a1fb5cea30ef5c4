import { randomUUID } from 'node:crypto';

export default function () {
  return randomUUID();
}
