#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { requireNode } from './require-node.mjs';

requireNode();

const main = new URL('../dist/src/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('Fluxgate is not built: run npm run build first.');
  process.exit(1);
}
await import(main.href);
