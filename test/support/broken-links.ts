import { existsSync, readFileSync } from 'node:fs';

const PROJECT = new URL('../../', import.meta.url);

/**
 * The links of a page that lead nowhere in the project: to a file that is not there, or to a heading that its page does
 * not have. Those to other hosts are not followed.
 *
 * @param path of the page, from the project's folder; relative links begin where it is.
 */
export function brokenLinks(path: string, text: string): string[] {
  return linksOf(text).filter((link) => {
    const [target = '', anchor] = link.split('#');
    const url = target === '' ? new URL(path, PROJECT) : new URL(target, new URL(path, PROJECT));
    if (!existsSync(url)) return true;
    if (anchor === undefined) return false;
    return !url.pathname.endsWith('.md') || !anchorsOf(target === '' ? text : readFileSync(url, 'utf8')).has(anchor);
  });
}

/** Relative ones, also those that lead within the page. */
export function linksOf(text: string): string[] {
  const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]*)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that GitHub gives the headings of a page; the second of two that are the same ends with -1. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutFences(text).matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

function withoutFences(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```$/gm, '');
}

function withoutCode(text: string): string {
  return withoutFences(text).replace(/`[^`]*`/g, 'code');
}
