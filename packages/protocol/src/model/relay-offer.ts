/** What an end of a session needs to enter a relay. Graph has no word for it. */
import { complexType, string } from '../edm/schema.ts';

export const relayOffer = complexType(
  'relayOffer',
  {
    relayId: string({ doc: 'Names the relay to both ends; their keys for it come from it.' }),
    relayUri: string({ doc: 'Where its WebSocket is opened.' }),
    relayGrant: string({ doc: 'The first frame shows it; good once, for 30 seconds.' }),
  },
  { namespace: 'openRemoteHelp', doc: 'A way into a relay for one end.' },
);
