/** What the pages of the sign-in show. */
import { SHORTEST_PASSWORD } from '../access/passwords.ts';
import { type Html, html } from '../html.ts';

interface SignInForm {
  readonly tenantName: string;
  readonly applicationName: string;
  /** Typed before, or hinted at by the application. */
  readonly userPrincipalName: string;
  /** Whether the person asked to set up a second factor. */
  readonly wantsSetUp: boolean;
  readonly error?: string | undefined;
}

/** Name and password; the cursor stands in the first field that is empty. */
export function signInForm(form: SignInForm): Html {
  const { tenantName, applicationName, userPrincipalName, wantsSetUp, error } = form;
  const isNamed = userPrincipalName !== '';
  return html`<h1>Sign in</h1>
<p>to ${tenantName}${applicationName !== tenantName && html`, for ${applicationName}`}</p>
${alertOf(error)}
<form method="post" autocomplete="on">
<label for="name">Name</label>
<input id="name" name="name" type="text" value="${userPrincipalName}" required autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="256"${describedBy(error)}${focusOn(!isNamed)}>
<label for="password">Password</label>
<input id="password" name="password" type="password" required autocomplete="current-password"${describedBy(error)}${focusOn(isNamed)}>
<label class="choice"><input name="setUp" type="checkbox" value="yes"${wantsSetUp && html` checked`}>Set up codes from an authenticator app, or set them up anew</label>
<button class="primary" type="submit">Sign in</button>
<button type="submit" name="cancel" value="yes" formnovalidate>Cancel</button>
</form>`;
}

interface PasswordForm {
  readonly userPrincipalName: string;
  readonly error?: string | undefined;
}

/** What someone is told who has to wait: seconds up to two minutes, then minutes, rounded up. */
export function tooManyAttempts(seconds: number): string {
  const wait = seconds <= 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
  return `Too many attempts. Try again in ${wait}.`;
}

/** A new password, twice. */
export function passwordForm({ userPrincipalName, error }: PasswordForm): Html {
  return html`<h1>Choose a new password</h1>
<p>${userPrincipalName} signs in for the first time, or with a password that someone else knows.</p>
${alertOf(error)}
<form method="post" autocomplete="on">
<input name="name" type="text" value="${userPrincipalName}" autocomplete="username" readonly hidden>
<label for="password">New password</label>
<input id="password" name="password" type="password" required minlength="${SHORTEST_PASSWORD}" maxlength="256" autocomplete="new-password" aria-describedby="hint${error === undefined ? '' : ' error'}"${focusOn(true)}>
<p id="hint" class="hint">At least ${SHORTEST_PASSWORD} characters, and not the present one.</p>
<label for="repeat">The same again</label>
<input id="repeat" name="repeat" type="password" required maxlength="256" autocomplete="new-password"${describedBy(error)}>
<button class="primary" type="submit">Save and continue</button>
<button type="submit" name="cancel" value="yes" formnovalidate>Cancel</button>
</form>`;
}

/** @param form oidc-provider's own form, to which the buttons belong */
export function signOutForm(form: Html): Html {
  return html`<h1>Sign out?</h1>
<p>You are signed in with this browser.</p>
${form}
<button class="primary" type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<button type="submit" form="op.logoutForm">Stay signed in</button>`;
}

/** After a sign-out. */
export function signedOutNote(): Html {
  return html`<h1>Signed out</h1><p>You can close this page.</p>`;
}

/** For what ends a flow: an OAuth error code, and its description where there is one. */
export function errorNote(error: string, description: string | undefined): Html {
  return html`<h1>This did not work</h1>
<p class="error" role="alert">${description ?? 'The request could not be completed.'}</p>
<p>Go back to the application and try again. Code: ${error}</p>`;
}

/** What went wrong, read out at once. */
export function alertOf(error: string | undefined): Html | undefined {
  return error === undefined ? undefined : html`<p id="error" class="error" role="alert">${error}</p>`;
}

/** Joins a field with what went wrong. */
export function describedBy(error: string | undefined): Html | undefined {
  return error === undefined ? undefined : html` aria-invalid="true" aria-describedby="error"`;
}

function focusOn(isFirst: boolean): Html | undefined {
  return isFirst ? html` autofocus` : undefined;
}
