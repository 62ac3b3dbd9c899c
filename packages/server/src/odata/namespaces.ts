/** The namespaces of the model, each with the alias that stands for it in `$metadata` and in paths (CSDL 4.01, 5.1). */
export const GRAPH = 'microsoft.graph';

/** What Graph has no word for lies in a namespace of its own. */
export const NAMESPACES: Readonly<Record<string, string>> = { [GRAPH]: 'graph', openRemoteHelp: 'remoteHelp' };
