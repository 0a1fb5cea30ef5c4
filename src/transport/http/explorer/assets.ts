import { createScript, createStyles, loadScript, type Asset } from '../assets.js';

export interface ExplorerAssets {
  readonly graphiql: Asset;
  readonly styles: Asset;
  readonly page: Asset;
  /** By the label under which the editor asks for them. */
  readonly workers: { readonly editorWorkerService: Asset; readonly json: Asset; readonly graphql: Asset };
}

/** GraphiQL whole, as its package holds it: 9 MB of text, so only for a server whose explorer is opened. */
export async function loadExplorerAssets(): Promise<ExplorerAssets> {
  const [bundle, page] = await Promise.all([
    import('@graphql-yoga/render-graphiql/graphiql'),
    loadScript('page', new URL('./browser/page.mjs', import.meta.url)),
  ]);
  return {
    graphiql: createScript('graphiql', bundle.js),
    styles: createStyles('graphiql', bundle.css),
    page,
    workers: {
      editorWorkerService: createScript('editor-worker', bundle.editorWorkerService),
      json: createScript('json-worker', bundle.jsonWorker),
      graphql: createScript('graphql-worker', bundle.graphqlWorker),
    },
  };
}
