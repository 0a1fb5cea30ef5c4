import http from 'k6/http';

const response = http.get(`${__ENV['BASE_URL']}/readyz`);

export default function () {
  return response.status;
}
