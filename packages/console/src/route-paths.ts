/**
 * The paths of the console. The build hands them to the server, which answers these with a page and everything else with
 * 404: so this file imports nothing.
 */

/** Pages of the console by name; `:name` stands for one segment of a path. */
export const ROUTE_PATHS = {
  home: '/',
  devices: '/devices',
  device: '/devices/:deviceId',
  sessions: '/sessions',
  session: '/sessions/:sessionId',
  sessionScreen: '/sessions/:sessionId/screen',
  invite: '/share-code',
  settings: '/settings',
  roles: '/roles',
  enrolment: '/enrolment',
  audit: '/audit',
  signedIn: '/signed-in',
  signedOut: '/signed-out',
} as const;

/** A page of the console. */
export type RouteName = keyof typeof ROUTE_PATHS;

/** Documents that the build makes, each from the file of that name beside `src`. */
export const DOCUMENTS: readonly string[] = ['index.html', 'share.html'];

/** Which document answers at a path; all others answer with `index.html`. */
export const DOCUMENT_OF: Readonly<Record<string, string>> = { '/share': 'share.html' };

type ParametersOf<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParametersOf<Rest>
  : P extends `${string}:${infer Name}`
    ? Name
    : never;

/** What stands for the `:names` in the path of a page. */
export type RouteParameters<N extends RouteName> = Readonly<Record<ParametersOf<(typeof ROUTE_PATHS)[N]>, string>>;

/** Whether a page's path has anything to fill in. */
export type PlainRouteName = { [N in RouteName]: keyof RouteParameters<N> extends never ? N : never }[RouteName];

/** The path of a page, its parameters filled in and escaped. */
export function pathTo<N extends PlainRouteName>(name: N): string;
export function pathTo<N extends RouteName>(name: N, parameters: RouteParameters<N>): string;
export function pathTo(name: RouteName, parameters: Readonly<Record<string, string>> = {}): string {
  return ROUTE_PATHS[name].replaceAll(/:(\w+)/g, (_, parameter: string) =>
    encodeURIComponent(parameters[parameter] ?? ''),
  );
}

/** Which page a path names, and with what; undefined for none. */
export function routeAt(
  path: string,
): { readonly name: RouteName; readonly parameters: Readonly<Record<string, string>> } | undefined {
  for (const [name, pattern] of Object.entries(ROUTE_PATHS)) {
    const parameters = matched(pattern, path);
    if (parameters) return { name: name as RouteName, parameters };
  }
  return undefined;
}

function matched(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? '';
    if (!segment.startsWith(':')) {
      if (segment !== value) return undefined;
      continue;
    }
    try {
      parameters[segment.slice(1)] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
    if (value === '') return undefined;
  }
  return parameters;
}
