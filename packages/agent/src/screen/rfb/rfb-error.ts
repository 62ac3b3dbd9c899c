/** An end of an RFB connection sent what is refused here: the connection is over. */
export class RfbError extends Error {
  override readonly name = 'RfbError';
}
