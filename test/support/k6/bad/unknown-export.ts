import { Histogram } from 'k6/metrics';

const sizes = new Histogram('sizes');

export default function () {
  sizes.add(1);
}
