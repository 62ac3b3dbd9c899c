/** The keys by which this browser knows devices (EV-26): fingerprints of public keys, for each person who signs in here. */

/** What is remembered of one person's devices. */
export interface KnownDevices {
  /** The fingerprint of the key that a device showed; undefined for one that was never met here. */
  keyOf(deviceId: string): string | undefined;
  remember(deviceId: string, fingerprint: string): void;
}

/** @param storage the browser's, which the server can't read */
export function knownDevices(
  storage: Pick<Storage, 'getItem' | 'setItem'>,
  person: { readonly tenantId?: string | undefined; readonly id: string },
): KnownDevices {
  const place = (deviceId: string) => `deviceKey ${JSON.stringify([person.tenantId ?? '', person.id, deviceId])}`;
  return {
    keyOf: (deviceId) => storage.getItem(place(deviceId)) ?? undefined,
    remember: (deviceId, fingerprint) => storage.setItem(place(deviceId), fingerprint),
  };
}
