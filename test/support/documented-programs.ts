import { readFileSync } from 'node:fs';

export interface Program {
  /** Its file's name, which its first line says in a comment. */
  readonly name: string;
  readonly source: string;
  /** What it prints, from the block of text that follows it; null where none does. */
  readonly prints: string | null;
}

const BLOCK =
  /^```(?:js|sh|graphql)\n(?<source>(?:\/\/|#) (?<name>\S+)\n[\s\S]*?)^```$(?:\n\n^```text\n(?<prints>[\s\S]*?)^```$)?/gm;

/** The programs of a page under docs/, in order. */
export function documentedPrograms(page: string): Program[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(BLOCK)].map(({ groups = {} }) => ({
    name: groups['name'] ?? '',
    source: groups['source'] ?? '',
    prints: groups['prints'] ?? null,
  }));
}

/** How many fenced blocks the page has that a computer could run. */
export function countCodeBlocks(page: string): number {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```(?!text$)\w+$/gm)].length;
}
