/** The words that stand before the console, in every language: too few to be loaded one by one. */
import { common as commonInGerman } from './de/common.ts';
import { signIn as signInInGerman } from './de/sign-in.ts';
import { common } from './en/common.ts';
import type { Texts } from './en/index.ts';
import { signIn } from './en/sign-in.ts';
import type { Language } from './language.ts';

/** By language. */
export const ENTRANCE_TEXTS: Readonly<Record<Language, Pick<Texts, 'common' | 'signIn'>>> = {
  en: { common, signIn },
  de: { common: commonInGerman, signIn: signInInGerman },
};
