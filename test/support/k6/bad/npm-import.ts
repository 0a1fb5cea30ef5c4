import { decodeJwt } from 'jose';

export default function () {
  decodeJwt('x');
}
