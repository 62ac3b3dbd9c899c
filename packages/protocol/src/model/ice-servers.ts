/** Servers by which two browsers find each other, as `getIceServers` gives them out. */
import { complexCollection, complexType, dateTimeOffset, string } from '../edm/schema.ts';

const NAMESPACE = { namespace: 'openRemoteHelp' } as const;

export const iceServer = complexType(
  'iceServer',
  {
    urls: string({ doc: 'Where it is: a stun, turn or turns URL.' }),
    username: string({
      isNullable: true,
      doc: 'Of a TURN server: the end of its life in epoch seconds, and the session.',
    }),
    credential: string({ isNullable: true, doc: 'Of a TURN server: good until then.' }),
  },
  { ...NAMESPACE, doc: 'A server for connections between browsers (W3C WebRTC, RTCIceServer).' },
);

export const iceServers = complexType(
  'iceServers',
  {
    iceServers: complexCollection(iceServer, { doc: 'As the settings name them.' }),
    expirationDateTime: dateTimeOffset({ doc: 'When the credentials end: with the lease as it is.' }),
  },
  { ...NAMESPACE, doc: 'How two browsers may find each other.' },
);
