/** The OASIS technical committee's reader comes without types; these are the parts used. */
declare module 'odata-csdl' {
  export function xml2json(
    xml: string,
    options: { strict: boolean; annotations: boolean; messages: { message: string }[] },
  ): Record<string, unknown>;
}
