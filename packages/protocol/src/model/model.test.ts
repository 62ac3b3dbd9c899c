import { describe, expect, expectTypeOf, it } from 'vitest';
import { parseDateTimeOffset } from '../edm/date-time-offset.ts';
import { enumValueOf } from '../edm/enum-text.ts';
import { isGuid } from '../edm/guid.ts';
import {
  type ComplexType,
  type EntitySet,
  LONGEST_TEXT,
  type Of,
  type Properties,
  type Property,
} from '../edm/schema.ts';
import {
  builtInRoles,
  type comanagedDevices,
  deviceAndAppManagementRoleDefinition,
  examples,
  type extendRemoteHelpSessionResponse,
  managedDevice,
  model,
  resourceOperation,
  resourceOperations,
} from './model.ts';

/** Code points whose UTF-8 fits an index entry of PostgreSQL, 2704 bytes. */
const LONGEST_INDEXED = 512;

/** Says what is wrong with a JSON value of a property; empty when it fits. */
function misfits(name: string, property: Property, value: unknown): readonly string[] {
  if (property.isCollection) {
    if (!Array.isArray(value)) return [`${name} is no array`];
    return value.flatMap((item, index) => misfits(`${name}[${index}]`, { ...property, isCollection: false }, item));
  }
  if (value === null) return property.isNullable ? [] : [`${name} is null`];
  const { type } = property;
  if (type.kind === 'complex') return misfitsOfObject(type.properties, value as Record<string, unknown>);
  if (type.kind === 'enum') return enumValueOf(type, String(value)) === undefined ? [`${name} is no member`] : [];
  const fits = {
    'Edm.String': () => typeof value === 'string' && value.length <= (property.maxLength ?? Number.POSITIVE_INFINITY),
    'Edm.Boolean': () => typeof value === 'boolean',
    'Edm.Int32': () => Number.isInteger(value),
    'Edm.Int64': () => Number.isInteger(value),
    'Edm.Guid': () => typeof value === 'string' && isGuid(value),
    'Edm.DateTimeOffset': () => typeof value === 'string' && parseDateTimeOffset(value) !== undefined,
  }[type.name];
  return fits() ? [] : [`${name} is no ${type.name}`];
}

function misfitsOfObject(properties: Properties, value: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(value).flatMap(([name, item]) => {
    const property = properties[name];
    return property ? misfits(name, property, item) : [`${name} is not declared`];
  });
}

function isText({ type }: Property): boolean {
  return type.kind === 'primitive' && type.name === 'Edm.String';
}

function setNamed(name: string): EntitySet {
  const set = model.sets.find((candidate) => candidate.name === name);
  if (!set) throw new Error(`no set ${name}`);
  return set;
}

function complexTypesOf(properties: Properties): readonly ComplexType[] {
  return Object.values(properties).flatMap(({ type }) =>
    type.kind === 'complex' ? [type, ...complexTypesOf(type.properties)] : [],
  );
}

describe('documented examples', () => {
  const documented = [
    'ExtendRemoteHelpSessionResponse',
    'CreateRemoteHelpSessionResponse',
    'RequestRemoteHelpSessionAccessResponse',
    'RemoteHelpSessionRetrieveResponse',
  ];

  it('exist for each response resource', () => expect(Object.keys(examples)).toEqual(documented));

  it.each(documented)('%s: every member is declared and of its type', (name) => {
    const { type } = setNamed(name);
    const { '@odata.type': typeName, ...members } = examples[name] ?? {};
    expect(typeName).toBe(`#${type.namespace}.${type.name}`);
    expect(misfitsOfObject(type.properties, members)).toEqual([]);
  });

  it.each(documented)('%s: every property but id and those that may be null is shown', (name) => {
    const required = Object.entries(setNamed(name).type.properties).filter(([key, p]) => key !== 'id' && !p.isNullable);
    expect(Object.keys(examples[name] ?? {})).toEqual(expect.arrayContaining(required.map(([key]) => key)));
  });

  it('would not pass with a null, a wrong type or an unknown member', () => {
    const { properties } = setNamed('ExtendRemoteHelpSessionResponse').type;
    const wrong = { sessionKey: null, acsHelperUserToken: 1, sessionExpirationDateTime: '2016-02-30T00:00:00Z', x: '' };
    expect(misfitsOfObject(properties, wrong)).toHaveLength(4);
  });
});

describe('types of a declaration', () => {
  it('gives the extension as strings, none of them null', () => {
    expectTypeOf<Of<typeof extendRemoteHelpSessionResponse>>().toEqualTypeOf<{
      readonly id: string;
      readonly sessionKey: string;
      readonly acsHelperUserToken: string;
      readonly pubSubHelperAccessUri: string;
      readonly sessionExpirationDateTime: string;
    }>();
  });

  it('gives null where a property is nullable, and structure where it is complex', () => {
    type Device = Of<typeof managedDevice>;
    expectTypeOf<Device['deviceName']>().toEqualTypeOf<string | null>();
    expectTypeOf<Device['isEncrypted']>().toEqualTypeOf<boolean>();
    expectTypeOf<Device['totalStorageSpaceInBytes']>().toEqualTypeOf<number>();
    expectTypeOf<Device['roleScopeTagIds']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<Device['usersLoggedOn'][number]>().toEqualTypeOf<{
      readonly userId: string | null;
      readonly lastLogOnDateTime: string;
    }>();
    expectTypeOf<(typeof comanagedDevices)['type']>().toEqualTypeOf<typeof managedDevice>();
  });
});

describe('model', () => {
  it('names every set and every path once', () => {
    const names = model.sets.map(({ name }) => name);
    const paths = model.sets.map(({ path }) => path.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('has defaults that fit their properties', () => {
    for (const { type } of model.sets) {
      for (const { name, properties } of [type, ...complexTypesOf(type.properties)]) {
        for (const [key, property] of Object.entries(properties)) {
          const { defaultValue } = property;
          if (defaultValue !== undefined) expect([name, misfits(key, property, defaultValue)]).toEqual([name, []]);
        }
      }
    }
  });

  it('has alternate keys that are non-null strings with a length limit', () => {
    for (const { type } of model.sets) {
      for (const key of type.alternateKeys) {
        expect(type.properties[key]).toMatchObject({
          type: { name: 'Edm.String' },
          isNullable: false,
          isIndexed: true,
        });
        expect(type.properties[key]?.maxLength).toBeLessThanOrEqual(LONGEST_INDEXED);
      }
    }
  });

  it('limits the length of every indexed string to what every database can index', () => {
    for (const { type } of model.sets) {
      for (const [name, property] of Object.entries(type.properties)) {
        if (!property.isIndexed || property.type.kind !== 'primitive' || property.type.name !== 'Edm.String') continue;
        expect([type.name, name, (property.maxLength ?? LONGEST_TEXT) <= LONGEST_INDEXED]).toEqual([
          type.name,
          name,
          true,
        ]);
      }
    }
  });

  // ODATA-65
  it('limits the length of every string that clients may send', () => {
    const unlimited = model.sets.flatMap(({ type }) =>
      [type, ...complexTypesOf(type.properties)].flatMap((owner) =>
        Object.entries(owner.properties)
          .filter(([name, property]) => name !== 'id' && isText(property) && property.maxLength === undefined)
          .map(([name, property]) => [`${owner.name}/${name}`, property.isComputed]),
      ),
    );
    expect(unlimited.filter(([, isComputed]) => !isComputed)).toEqual([]);
    expect(unlimited.length).toBeGreaterThan(0);
  });

  it('has views that read rows of their own type and write none', () => {
    const views = model.sets.filter(({ viewOf }) => viewOf);
    expect(views.map(({ name }) => name)).toEqual(['comanagedDevices', 'userManagedDevices', 'myManagedDevices']);
    for (const { viewOf, type, verbs, permissions } of views) {
      expect(model.sets).toContain(viewOf);
      expect(type).toBe(viewOf?.type);
      expect(verbs).toEqual(['list', 'get']);
      expect(permissions.write).toEqual([]);
    }
  });

  it('has references that name a property and a set', () => {
    const references = model.sets.flatMap(({ type }) =>
      Object.values(type.references).map((reference) => ({ type, reference })),
    );
    for (const { type, reference } of references) {
      expect(type.properties[reference.property]?.maxLength).toBeGreaterThanOrEqual(36);
    }
    expect(references.map(({ reference }) => setNamed(reference.set).type)).toEqual([
      deviceAndAppManagementRoleDefinition,
      managedDevice,
    ]);
  });

  it('binds operations to sets, or to a container of sets', () => {
    const isSet = (bound: string) => model.sets.some((set) => set.name === bound);
    const isContainer = (path: string) => model.sets.some((set) => set.path.startsWith(`${path}/`));
    for (const { name, boundTo } of model.operations) {
      expect([name, boundTo.filter((bound) => !isSet(bound) && !isContainer(bound))]).toEqual([name, []]);
    }
  });

  it('writes only where a permission allows it', () => {
    for (const { name, verbs, permissions } of model.sets) {
      const writes = verbs.some((verb) => verb !== 'list' && verb !== 'get');
      expect([name, permissions.read.length > 0, permissions.write.length > 0]).toEqual([name, true, writes]);
    }
  });
});

describe('data tables', () => {
  const known = resourceOperations.map(({ id }) => id);

  it('list nine operations, four of them of the Remote Help app', () => {
    expect(known).toHaveLength(9);
    expect(known.filter((id) => id.startsWith('Microsoft.Intune_RemoteAssistanceApp_'))).toEqual([
      'Microsoft.Intune_RemoteAssistanceApp_ViewScreen',
      'Microsoft.Intune_RemoteAssistanceApp_TakeFullControl',
      'Microsoft.Intune_RemoteAssistanceApp_Elevation',
      'Microsoft.Intune_RemoteAssistanceApp_Unattended',
    ]);
    for (const row of resourceOperations) expect(misfitsOfObject(resourceOperation.properties, row)).toEqual([]);
  });

  it("hold Intune's six built-in roles, each valid and allowing known operations alone", () => {
    expect(new Set(builtInRoles.map(({ id }) => id)).size).toBe(6);
    for (const role of builtInRoles) {
      expect(role.id).toSatisfy(isGuid);
      expect(misfitsOfObject(deviceAndAppManagementRoleDefinition.properties, role)).toEqual([]);
      const allowed = role.rolePermissions.flatMap(({ resourceActions }) =>
        resourceActions.flatMap(({ allowedResourceActions }) => allowedResourceActions),
      );
      expect(known).toEqual(expect.arrayContaining(allowed));
    }
  });

  it('let Help Desk Operators do all four things, School Administrators all but unattended', () => {
    const helps = (name: string) =>
      JSON.stringify(builtInRoles.find(({ displayName }) => displayName === name)).match(/RemoteAssistanceApp_\w+/g);
    expect(new Set(helps('Help Desk Operator'))).toEqual(
      new Set(['ViewScreen', 'TakeFullControl', 'Elevation', 'Unattended'].map((n) => `RemoteAssistanceApp_${n}`)),
    );
    expect(new Set(helps('School Administrator'))).toEqual(
      new Set(['ViewScreen', 'TakeFullControl', 'Elevation'].map((n) => `RemoteAssistanceApp_${n}`)),
    );
    expect(helps('Application Manager')).toBeNull();
  });
});
