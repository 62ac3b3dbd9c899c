/** Who is signed in, for everything inside; and the ways in and out. */
import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from 'react';
import { useText } from '../i18n/text.tsx';
import { noteKnownHere } from './known-here.ts';
import { SignInAgain } from './sign-in-again.tsx';
import type { Person, SignInSession } from './sign-in-session.ts';

/** Whoever is signed in. */
export interface SignedIn {
  readonly person: Person;
  /** Whether the token carries one of these permissions; what the API then allows, roles decide too. */
  may(anyOf: readonly string[]): boolean;
  signOut(): Promise<void>;
}

const SignedInContext = createContext<SignedIn | undefined>(undefined);

/** Knows the person; asks again over the page when the sign-in has ended meanwhile. */
export function SignedInProvider(props: { readonly session: SignInSession; readonly children: ReactNode }) {
  const { session, children } = props;
  const t = useText().signIn;
  const person = useSyncExternalStore(session.subscribe, () => session.person);
  const hasExpired = useSyncExternalStore(session.subscribe, () => session.hasExpired);
  const signedIn = useMemo(
    () =>
      person && {
        person,
        may: (anyOf: readonly string[]) => anyOf.some((permission) => person.scopes.has(permission)),
        signOut: async () => {
          noteKnownHere(localStorage, false);
          const url = await session.end();
          location.assign(url ?? '/signed-out');
        },
      },
    [person, session],
  );
  if (!signedIn) return <p>{t.signingIn}</p>;
  return (
    <SignedInContext value={signedIn}>
      {children}
      {hasExpired ? <SignInAgain session={session} /> : null}
    </SignedInContext>
  );
}

/** Whoever is signed in. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext);
  if (!signedIn) throw new Error('There is no SignedInProvider around this.');
  return signedIn;
}
