import { describe, expect, it } from 'vitest';
import { DOCUMENT_OF, DOCUMENTS, pathTo, ROUTE_PATHS, routeAt } from './route-paths.ts';

describe('paths of the console', () => {
  it('lead to the page that they were made for, whatever an id holds', () => {
    for (const deviceId of ['desk', '1/2', 'a b', '%2e', '../x', 'ü?#']) {
      const path = pathTo('device', { deviceId });
      expect(routeAt(path)).toEqual({ name: 'device', parameters: { deviceId } });
    }
    expect(routeAt(pathTo('audit'))).toEqual({ name: 'audit', parameters: {} });
  });

  it.each(['/nowhere', '/devices/', '/devices/a/b', '//devices', '/devices/%E0%A4', '/Devices'])(
    '%s is none',
    (path) => {
      expect(routeAt(path)).toBeUndefined();
    },
  );

  it('are answered by documents that are built', () => {
    expect(DOCUMENTS).toContain('index.html');
    for (const document of Object.values(DOCUMENT_OF)) expect(DOCUMENTS).toContain(document);
    expect(new Set(Object.values(ROUTE_PATHS)).size).toBe(Object.keys(ROUTE_PATHS).length);
  });
});
