import type { DocumentStore } from '@apollo/server';
import { visit, type DocumentNode, type Location } from 'graphql';
import { LruMap, type CacheEntry } from 'toad-cache';

/** What clients send again and again is a few dozen documents, of a few kilobytes each. */
const MAX_KEPT_DOCUMENTS = 1_000;
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
/** Of which only the keys are remembered, to know them by when they come again. */
const MAX_SEEN_DOCUMENTS = 4_096;

/** Measured: 160 to 330 on 64-bit machines, with the node's place in its list and where it stands in the source. */
const BYTES_A_NODE = 350;
const BYTES_A_CHARACTER = 2;

/**
 * Documents that were parsed and validated, for those who send them again. Anybody may send any number of documents, so
 * what they weigh is bounded by what they hold in memory: their source and their nodes.
 *
 * - Nothing is kept of a document that comes once, so that a flood of them takes no room from those that come again.
 *   One that is pushed out between two of its requests is rare: parsing it again costs little, because it is rare.
 * - No document keeps its tokens, not even until it has been answered. Comments are tokens too, which the parser's limit
 *   does not count: 16 KiB of them are half a megabyte. Where a node stands in the source, for errors, is kept.
 */
export function createDocumentStore(): DocumentStore {
  const seen = new LruMap<true>(MAX_SEEN_DOCUMENTS);
  const kept = new LruMap<Kept>(MAX_KEPT_DOCUMENTS);
  let keptBytes = 0;

  function letGo(key: string): void {
    keptBytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  }

  function keep(key: string, one: Kept): void {
    letGo(key);
    while (kept.size > 0 && (kept.size === MAX_KEPT_DOCUMENTS || keptBytes + one.bytes > MAX_KEPT_BYTES))
      letGo((kept.first as CacheEntry<Kept>).key as string);
    kept.set(key, one);
    keptBytes += one.bytes;
  }

  return {
    get: (key) => Promise.resolve(kept.get(key)?.document),
    set(key, document) {
      const bytes = lighten(document);
      if (seen.get(key)) {
        seen.delete(key);
        keep(key, { document, bytes });
      } else seen.set(key, true);
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(letGo(key)),
  };
}

interface Kept {
  readonly document: DocumentNode;
  readonly bytes: number;
}

/** Lets go of the tokens. @returns the bytes that the document holds without them. */
function lighten(document: DocumentNode): number {
  let nodes = 0;
  visit(document, {
    enter({ loc }) {
      nodes += 1;
      if (loc) Object.assign<Location, object>(loc, { startToken: undefined, endToken: undefined });
    },
  });
  return nodes * BYTES_A_NODE + (document.loc?.source.body.length ?? 0) * BYTES_A_CHARACTER;
}
