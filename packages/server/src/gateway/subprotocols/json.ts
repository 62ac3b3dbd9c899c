/** `json.webpubsub.azure.v1` and `json.reliable.webpubsub.azure.v1`: one JSON object in each text frame. */
import { DomainError } from '../../errors.ts';
import { textFrame } from '../websocket-frame.ts';
import { decodeJsonRequest } from './json-requests.ts';
import { plainText } from './plain-text.ts';
import type { Subprotocol } from './subprotocol.ts';

export const json: Subprotocol = {
  name: 'json.webpubsub.azure.v1',
  isReliable: false,
  decode: (data, isBinary) => {
    if (isBinary) throw new DomainError('unsupportedMediaType', 'This subprotocol takes text frames only.');
    return plainText(data) ?? decodeJsonRequest(data.toString());
  },
  messageFrame: (message) => message.jsonFrame(),
  serverFrame: (notice) => textFrame(JSON.stringify(notice)),
};

export const reliableJson: Subprotocol = {
  ...json,
  name: 'json.reliable.webpubsub.azure.v1',
  isReliable: true,
};
