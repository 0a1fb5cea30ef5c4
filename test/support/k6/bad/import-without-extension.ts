import { options as others } from './removed-executor';

export const options = others;

export default function () {}
