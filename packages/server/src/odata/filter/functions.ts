/** Signatures of the canonical functions that are served (OData URL conventions 4.01, 5.1.1.5 to 5.1.1.8). */
import { BOOLEAN, type FunctionName, NUMBER, STRING, type ValueType } from '../../store/expression.ts';

/** `integer` is a number without fraction. */
export type ParameterKind = 'string' | 'integer' | 'instant';

/** What a function takes and gives. */
export interface Signature {
  readonly parameters: readonly ParameterKind[];
  /** How many of them must be given; all when left out. */
  readonly required?: number;
  readonly returns: ValueType;
}

const search: Signature = { parameters: ['string', 'string'], returns: BOOLEAN };
const change: Signature = { parameters: ['string'], returns: STRING };
const datePart: Signature = { parameters: ['instant'], returns: NUMBER };

const SIGNATURES: Readonly<Record<FunctionName, Signature>> = {
  contains: search,
  startswith: search,
  endswith: search,
  tolower: change,
  toupper: change,
  trim: change,
  length: { parameters: ['string'], returns: NUMBER },
  indexof: { parameters: ['string', 'string'], returns: NUMBER },
  substring: { parameters: ['string', 'integer', 'integer'], required: 2, returns: STRING },
  concat: { parameters: ['string', 'string'], returns: STRING },
  year: datePart,
  month: datePart,
  day: datePart,
  hour: datePart,
  minute: datePart,
  second: datePart,
  fractionalseconds: datePart,
  totaloffsetminutes: datePart,
};

/** Whether a function is served; names are case-sensitive. */
export function isServed(name: string): name is FunctionName {
  return Object.hasOwn(SIGNATURES, name);
}

/** The signature of a function that is served. */
export function signatureOf(name: FunctionName): Signature {
  return SIGNATURES[name];
}
