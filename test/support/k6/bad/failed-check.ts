import { check } from 'k6';
import http from 'k6/http';

export default function () {
  check(http.get(`${__ENV['BASE_URL']}/nowhere`), { 'is found': ({ status }) => status === 200 });
}
