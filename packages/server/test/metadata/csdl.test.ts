import {
  type EntitySet,
  entitySet,
  entityType,
  type Model,
  model,
  type Property,
  qualifiedName,
  string,
} from '@open-remote-help/protocol';
import { describe, expect, it } from 'vitest';
import { csdlXml } from '../../src/odata/csdl.ts';
import {
  danglingNames,
  declared,
  fullName,
  type Json,
  readCsdl,
  schemaErrors,
  vocabularyErrors,
} from './csdl-judges.ts';

const xml = csdlXml(model);
const document = readCsdl(xml);
const container = declared(document, String(document.$EntityContainer)) ?? {};

/** A type's members, inherited ones first. */
function membersOf(typeName: string): Json {
  const type = declared(document, typeName);
  if (!type) throw new Error(`$metadata lacks ${typeName}`);
  return { ...(type.$BaseType ? membersOf(String(type.$BaseType)) : {}), ...type };
}

/** What the document says about the resource at a path, keys left out. */
function resourceAt(path: string): Json {
  const [root = '', ...rest] = path.split('/').filter((segment) => !segment.startsWith('{'));
  return rest.reduce((from, name) => membersOf(String(from.$Type))[name] as Json, container[root] as Json);
}

/** The facets that CSDL JSON shows for a property of the model (OData CSDL JSON 4.01, 7). */
function facets(property: Property): Json {
  const type = qualifiedName(property.type);
  return {
    type,
    isCollection: property.isCollection,
    isNullable: property.isNullable,
    maxLength: property.maxLength,
    isComputed: property.isComputed ?? false,
    doc: property.doc,
  };
}

function facetsRead(member: Json): Json {
  return {
    type: fullName(document, String(member.$Type ?? 'Edm.String')),
    isCollection: member.$Collection ?? false,
    isNullable: member.$Nullable ?? false,
    maxLength: member.$MaxLength,
    isComputed: member['@Core.Computed'] ?? false,
    doc: member['@Core.Description'],
  };
}

/** What may not be done with a set, wherever the document says it. */
function restrictionsOf(set: EntitySet): Json {
  const [root = '', ...rest] = set.path.split('/').filter((segment) => !segment.startsWith('{'));
  const resource = container[root] as Json;
  if (rest.length === 0) {
    const own = Object.entries(resource).filter(([name]) => name.startsWith('@Capabilities.'));
    return Object.fromEntries(own.map(([name, value]) => [name.slice('@Capabilities.'.length), value]));
  }
  const navigation = resource['@Capabilities.NavigationRestrictions'] as { RestrictedProperties: Json[] };
  return navigation.RestrictedProperties.find((entry) => entry.NavigationProperty === rest.join('/')) ?? {};
}

// ODATA-55
describe('$metadata', () => {
  it('is well-formed and valid by the OASIS schemas', async () => {
    expect(await schemaErrors(xml)).toEqual([]);
  });

  it('names nothing that it does not declare', () => {
    expect(danglingNames(document)).toEqual([]);
  });

  it('uses the OASIS vocabularies as they are meant', () => {
    expect(vocabularyErrors(document)).toEqual([]);
  });

  it('says 4.0, which every client reads', () => expect(document.$Version).toBe('4.0'));

  it.each(model.sets.map((set) => [set.path, set] as const))('shows %s with its type', (path, set) => {
    const resource = resourceAt(path);
    expect(fullName(document, String(resource.$Type))).toBe(qualifiedName(set.type));
    expect(resource.$Collection ?? false).toBe(!set.isSingleton);
  });

  it.each(model.sets.map((set) => [set.name, set] as const))('shows every property of %s', (_, { type }) => {
    const members = membersOf(qualifiedName(type));
    for (const [name, property] of Object.entries(type.properties)) {
      expect([name, facetsRead((members[name] ?? {}) as Json)]).toEqual([name, facets(property)]);
    }
    expect(members.$Key).toEqual(['id']);
  });

  it('gives DateTimeOffset its seven digits', () => {
    const precisions = xml.match(/Type="Edm.DateTimeOffset" Nullable="\w+" Precision="7"/g);
    expect(precisions).toHaveLength(xml.match(/Type="Edm.DateTimeOffset"/g)?.length ?? 0);
  });

  it('shows flags, member values and defaults', () => {
    expect(declared(document, 'microsoft.graph.allowedRemoteAssistanceActions')).toMatchObject({
      $Kind: 'EnumType',
      $IsFlags: true,
      viewScreen: 1,
      takeFullControl: 2,
      elevation: 4,
      unattended: 8,
      unknownFutureValue: 16,
    });
    const device = membersOf('microsoft.graph.managedDevice');
    expect(device.complianceState).toMatchObject({ $DefaultValue: 'unknown' });
    expect(device.lastSyncDateTime).toMatchObject({ $DefaultValue: '0001-01-01T00:00:00Z' });
  });

  it('shows sessionKey as an alternate key', () => {
    const type = declared(document, 'microsoft.graph.extendRemoteHelpSessionResponse');
    expect(type?.['@Core.AlternateKeys']).toEqual([{ Key: [{ Name: 'sessionKey', Alias: 'sessionKey' }] }]);
  });

  it('shows which role an assignment gives, and that it is not expanded', () => {
    const type = membersOf('microsoft.graph.deviceAndAppManagementRoleAssignment');
    expect(type.roleDefinition).toMatchObject({
      $Kind: 'NavigationProperty',
      $Nullable: true,
      $ReferentialConstraint: { roleDefinitionId: 'id' },
    });
    expect(resourceAt('deviceManagement/roleAssignments')['@Capabilities.ExpandRestrictions']).toEqual({
      Expandable: false,
    });
  });

  it.each(model.sets.map((set) => [set.name, set] as const))('says what %s withholds', (_, set) => {
    const restrictions = restrictionsOf(set) as Record<string, Record<string, unknown> | undefined>;
    const secrets = Object.entries(set.type.properties).filter(([, property]) => property.isSecret);
    for (const [name] of secrets) {
      expect(restrictions.FilterRestrictions?.NonFilterableProperties).toContain(name);
      expect(restrictions.SortRestrictions?.NonSortableProperties).toContain(name);
    }
    const withheld = (term: string, member: string) => restrictions[term]?.[member] === false;
    if (!set.isSingleton) expect(withheld('InsertRestrictions', 'Insertable')).toBe(!set.verbs.includes('create'));
    expect(withheld('UpdateRestrictions', 'Updatable')).toBe(!set.verbs.includes('update'));
    expect(withheld('DeleteRestrictions', 'Deletable')).toBe(!set.verbs.includes('delete'));
  });

  it('binds the operations of partners', () => {
    for (const name of ['beginOnboarding', 'disconnect']) {
      expect(declared(document, `microsoft.graph.${name}`)).toMatchObject([
        { $Kind: 'Action', $IsBound: true, $Parameter: [{ $Name: 'bindingParameter' }] },
      ]);
    }
  });

  // ODATA-67
  it('declares parameters and results of operations, and the annotations that a body may carry', () => {
    expect(declared(document, 'microsoft.graph.createRemoteHelpSession')).toMatchObject([
      {
        $Kind: 'Action',
        $Parameter: [{ $Name: 'bindingParameter' }, { $Name: 'sessionType' }],
        $ReturnType: { $Type: 'graph.createRemoteHelpSessionResponse' },
      },
    ]);
    expect(declared(document, 'microsoft.graph.getAllowedRemoteAssistanceActions')).toMatchObject([
      { $Kind: 'Function', $Parameter: [{ $Type: 'graph.deviceManagement' }, {}, {}, {}, {}] },
    ]);
    expect(declared(document, 'openRemoteHelp.reason')).toMatchObject({ $Kind: 'Term', $AppliesTo: ['Action'] });
  });

  it('keeps what Graph has no word for in a namespace of its own', async () => {
    const type = entityType(
      'voucher',
      { code: string(), deviceId: string({ isNullable: true }) },
      { namespace: 'openRemoteHelp', references: { device: { property: 'deviceId', set: 'managedDevices' } } },
    );
    const permissions = { read: ['A.Read.All'], write: [] };
    const more: Model = {
      ...model,
      sets: [...model.sets, entitySet('vouchers', type, { path: 'remoteHelp/vouchers', permissions })],
    };
    const own = readCsdl(csdlXml(more));
    expect(Object.keys(document['microsoft.graph'] as Json)).not.toContain('enrollmentToken');
    expect(Object.keys(document.openRemoteHelp as Json)).toEqual(
      expect.arrayContaining(['enrollmentToken', 'remoteHelp']),
    );
    expect(own.openRemoteHelp).toMatchObject({ voucher: { $Kind: 'EntityType', code: {} }, remoteHelp: {} });
    expect(csdlXml(more)).toContain('Path="vouchers/device" Target="deviceManagement/managedDevices"');
    expect([await schemaErrors(csdlXml(more)), danglingNames(own), vocabularyErrors(own)]).toEqual([[], [], []]);
  });

  it('escapes what XML would take for markup', async () => {
    const doc = 'a < b & "c"\n> d';
    const type = entityType('thing', { name: string({ doc }) });
    const odd: Model = { sets: [entitySet('things', type, { permissions: { read: [], write: [] } })], operations: [] };
    expect(await schemaErrors(csdlXml(odd))).toEqual([]);
    expect(declared(readCsdl(csdlXml(odd)), 'microsoft.graph.thing')).toMatchObject({
      name: { '@Core.Description': doc },
    });
  });
});

describe('the judges of $metadata', () => {
  it.each([
    ['a document that does not end', '</edmx:Edmx>', ''],
    ['a value outside the type of an attribute', 'Nullable="false"', 'Nullable="maybe"'],
    ['an attribute that CSDL does not have', '<Key>', '<Key Kind="x">'],
    ['an element that CSDL does not have', '<Key>', '<Keys/><Key>'],
    ['a name that is no simple identifier', 'Name="sessionKey"', 'Name="session key"'],
    ['a property without a type', 'Name="sessionKey" Type="Edm.String"', 'Name="sessionKey"'],
  ])('refuse %s', async (_, from, to) => {
    expect(xml).toContain(from);
    expect(await schemaErrors(xml.replace(from, to))).not.toEqual([]);
  });

  it('refuse a type that is declared nowhere', () => {
    const planted = readCsdl(xml.replace('Type="microsoft.graph.joinType"', 'Type="microsoft.graph.jointType"'));
    expect(danglingNames(planted)).toEqual(['graph.jointType']);
  });

  it('make the reader refuse a document without a root it knows', () => {
    expect(() => readCsdl(xml.replaceAll('edmx:Edmx', 'edmx:Edm'))).toThrow();
  });

  it.each([
    ['an unknown term', 'Term="Core.Computed"', 'Term="Core.Calculated"'],
    ['an unknown member of a record', 'Property="Insertable"', 'Property="Creatable"'],
    ['a value of another type', 'Property="Insertable" Bool="false"', 'Property="Insertable" String="no"'],
    ['a term in the wrong place', 'Term="Core.Computed"', 'Term="Capabilities.KeyAsSegmentSupported"'],
  ])('refuse %s', (_, from, to) => {
    expect(xml).toContain(from);
    expect(vocabularyErrors(readCsdl(xml.replace(from, to)))).not.toEqual([]);
  });
});
