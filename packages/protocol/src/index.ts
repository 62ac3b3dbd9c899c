export * from './device/device-api.ts';
export * from './edm/date-time-offset.ts';
export * from './edm/enum-text.ts';
export * from './edm/guid.ts';
export * from './edm/schema.ts';
export * from './model/model.ts';
export * from './share/invitation-code.ts';
export * from './share/share-api.ts';
